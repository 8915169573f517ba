// An event-source mapping: takes batches from a queue, gives them to the function, deletes what it has done.
// Rules: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". A batch is taken once an environment is free for it; the
// queue keeps the messages of one group in one pair of hands.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceivedMessage } from '../sim/queue-message.ts'
import type { CloudEvent } from './cloud-event.ts'
import type { Environments } from './environments.ts'
import { readResponse, sqsEvent } from './event.ts'
import type { Environment, Outcome } from './worker.ts'

/** A queue of one process and its dead-letter queue. Each method throws if somebody has deleted the queue. */
export interface Source {
  /** Name of the queue. */
  readonly queue: string
  /** At most ten messages, hidden for the queue's visibility timeout; none if there are none. */
  readonly receive: () => readonly ReceivedMessage[]
  readonly remove: (messages: readonly ReceivedMessage[]) => void
  /** Resolves when a message may be there, at `untilMs` (ms since 1970) at the latest. */
  readonly wait: (untilMs: number) => Promise<void>
  /** Messages in the dead-letter queue. */
  readonly deadLetters: () => number
}

export interface Mapping {
  readonly process: string
  readonly source: Source
  readonly environments: Environments
  readonly onEvent: (event: CloudEvent) => void
}

export interface Poller {
  /** Takes no more batches; resolves once those in flight have finished. */
  readonly close: () => Promise<void>
}

/** How soon a poller that waits sees that it is closed, or that an environment has died. */
const waitMs = 500
const retryMsMax = 30_000

/** @param batches how many it has under way at most */
export const startPoller = (mapping: Mapping, batches: number): Poller => {
  const closing = new AbortController()
  const tally = deadLetterTally(mapping)
  const loops = Array.from({ length: batches }, () => poll(mapping, closing.signal, tally))
  return {
    close: async () => {
      closing.abort()
      await Promise.all(loops)
    },
  }
}

const poll = async (mapping: Mapping, closing: AbortSignal, tally: () => void): Promise<void> => {
  const { process, source, environments, onEvent } = mapping
  let deaths = 0
  const turn = async (): Promise<void> => {
    await source.wait(Date.now() + waitMs)
    // Where none can be started, the messages wait in the queue.
    await environments.use(async (environment) => {
      if (closing.aborted) return
      const messages = source.receive()
      tally()
      if (messages.length === 0) return
      const { kind } = await run(mapping, environment, messages)
      tally()
      deaths = kind === 'died' ? deaths + 1 : 0
    })
  }
  while (!closing.aborted) {
    try {
      await turn()
    } catch (thrown) {
      const retryMs = deaths === 0 ? 0 : Math.min(250 * 2 ** deaths, retryMsMax)
      deaths += 1
      onEvent({ kind: 'ended', process, reason: (thrown as Error).message, retryMs })
      await sleep(retryMs, undefined, { signal: closing }).catch(() => {})
    }
  }
}

const run = async (
  { process, source, onEvent }: Mapping,
  environment: Environment,
  batch: readonly ReceivedMessage[],
): Promise<Outcome> => {
  const started = performance.now()
  const outcome = await environment.invoke(randomUUID(), sqsEvent(source.queue, batch))
  const said = verdict(outcome, batch)
  const told = {
    process,
    instances: [...new Set(batch.flatMap(({ group }) => group ?? []))],
    messages: batch.length,
    ms: Math.round(performance.now() - started),
  }
  if (said.kind === 'failed') {
    onEvent({ kind: 'failed', ...told, reason: said.reason })
  } else {
    source.remove(batch.filter(({ messageId }) => !said.failed.has(messageId)))
    onEvent({ kind: 'handled', ...told, returned: said.failed.size })
  }
  return outcome
}

type Judged =
  | { readonly kind: 'done'; readonly failed: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly reason: string }

const verdict = (outcome: Outcome, batch: readonly ReceivedMessage[]): Judged => {
  switch (outcome.kind) {
    case 'returned': {
      const read = readResponse(outcome.response, new Set(batch.map(({ messageId }) => messageId)))
      return read.kind === 'read'
        ? { kind: 'done', failed: read.failed }
        : { kind: 'failed', reason: `malformed response: ${read.reason}` }
    }
    case 'threw':
    case 'timedOut':
    case 'died':
      return { kind: 'failed', reason: outcome.reason }
  }
}

/** Tells when the dead-letter queue has grown, whoever put the message there. */
const deadLetterTally = ({ process, source, onEvent }: Mapping): (() => void) => {
  let known = source.deadLetters()
  return () => {
    const total = source.deadLetters()
    if (total > known) onEvent({ kind: 'dead-lettered', process, messages: total - known, total })
    known = total
  }
}
