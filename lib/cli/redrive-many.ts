// Many messages that have failed for good, redriven at a rate: several instances at once, the messages of one in sequence.
import { setTimeout as sleep } from 'node:timers/promises'
import type { FailedMessage, Operator } from '../aws/index.ts'
import { Rejected } from '../core/errors.ts'
import { pooled } from '../runtime/pool.ts'
import { exitCodes, FailedError } from './failure.ts'
import { addressOf, earlier } from './operator.ts'
import { Display, grouped } from './progress.ts'
import { lineOf, type Result, type SaidOptions, saidIn } from './remedied.ts'
import type { TargetOptions } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface ManyOptions extends TargetOptions, SaidOptions {
  /** Milliseconds between two. */
  readonly rate?: number
  /** Instances under way at once. */
  readonly concurrency: number
}

interface Done {
  readonly message: FailedMessage
  readonly result: Result
}

/** @returns the exit code: 0 if all were handled */
export const redriveMany = async (
  operator: Operator,
  chosen: readonly FailedMessage[],
  options: ManyOptions,
  terminal: Terminal,
): Promise<number> => {
  const display = new Display(terminal.err, 'messages')
  const stopping = new AbortController()
  const stopListening = terminal.onInterrupt(() => stopping.abort())
  const turn = turns(options.rate ?? 0)
  const startedAt = Date.now()
  const done: Done[] = []
  const one = async (message: FailedMessage): Promise<void> => {
    await turn()
    if (stopping.signal.aborted) return
    done.push({ message, result: await tried(operator, message, options) })
    display.update(done.length / chosen.length, done.length, (done.length * 1000) / Math.max(1, Date.now() - startedAt))
  }
  try {
    await pooled(byInstance(chosen), options.concurrency, async (messages) => {
      for (const message of messages) await one(message)
    })
  } catch (thrown) {
    // The others do not begin any more.
    stopping.abort()
    throw thrown
  } finally {
    stopListening()
    display.stop()
    report(done, chosen.length, options, terminal)
  }
  if (stopping.signal.aborted) throw new FailedError('interrupted: those left stay as they were, the same command goes on')
  return done.every(({ result }) => result.kind === 'done') ? exitCodes.ok : exitCodes.failed
}

// An instance that stands still goes on with the message that it stands still on, and with nothing before it.
const byInstance = (chosen: readonly FailedMessage[]): readonly (readonly FailedMessage[])[] =>
  [...Map.groupBy(chosen, addressOf).values()].map((messages) =>
    messages.sort((a, b) => Number(b.parked !== undefined) - Number(a.parked !== undefined) || earlier(a, b)),
  )

/** @returns what waits for the next turn; there is one every `everyMs` */
const turns = (everyMs: number): (() => Promise<void>) => {
  let nextAt = Date.now()
  return async () => {
    const waitMs = nextAt - Date.now()
    nextAt = Math.max(nextAt, Date.now()) + everyMs
    if (waitMs > 0) await sleep(waitMs)
  }
}

const tried = async (operator: Operator, message: FailedMessage, options: ManyOptions): Promise<Result> => {
  try {
    return await operator.redrive(message, saidIn(options))
  } catch (thrown) {
    if (thrown instanceof Rejected) return { kind: 'refused', reason: thrown.message }
    throw thrown
  }
}

const report = (done: readonly Done[], chosen: number, options: ManyOptions, { out }: Terminal): void => {
  for (const { message, result } of done) if (options.json || result.kind !== 'done') print(out, lineOf(message, result, options))
  if (options.json) return
  const counts = (['done', 'failed-again', 'stashed', 'pending', 'refused'] as const).flatMap((kind) => {
    const count = done.filter(({ result }) => result.kind === kind).length
    return count === 0 ? [] : [`${grouped(count)} ${words[kind]}`]
  })
  const left = chosen - done.length
  print(
    out,
    `${grouped(chosen)} messages: ${[...counts, ...(left > 0 ? [`${grouped(left)} left as they were`] : [])].join(', ')}`,
  )
}

const words: { readonly [K in Result['kind']]: string } = {
  done: 'redriven and handled',
  'failed-again': 'failed again',
  stashed: 'behind another that failed',
  pending: 'not known yet',
  refused: 'refused',
}
