// Direct calls as whoever waits for an answer makes them: an invocation of its own, beside those of the mailbox, asked again where no answer comes.
import type { Answer } from '../core/call.ts'
import { type Envelope, encodeEnvelope } from '../core/envelope.ts'
import { Transient } from '../core/errors.ts'
import { address } from '../core/names.ts'
import type { FaultClass } from './faults.ts'
import { keyOf } from './message-book.ts'
import type { Pool } from './pool.ts'
import type { Stage } from './stage.ts'

/** Asks until there is an answer. @throws Transient after the last try */
export type Caller = (request: Envelope) => Promise<Answer>

export interface CallerOptions {
  readonly name: string
  readonly pool: Pool
  /** An environment has become free. */
  readonly freed: () => void
}

const triesMax = 6
/** Between two tries, doubled each time, with as much again at most by chance. */
const backoffMs = 1000
const wayMs = { least: 2, most: 15 } as const
/** Until there may be room for another invocation: a call that is refused for want of room is made again. */
const roomMs = 100

export const createCaller = (stage: Stage, { name, pool, freed }: CallerOptions): Caller => {
  const { time, faults, trace, calls, ledger } = stage
  const random = stage.random.stream(`calls ${name}`)
  const way = (act: () => void): void => time.after(random.between(wayMs.least, wayMs.most), act)

  return (request) =>
    new Promise((resolve, reject) => {
      const site = keyOf(request.id, address(name, request.to))
      const envelope = encodeEnvelope(request)
      const again = (tries: number, fault?: FaultClass): void => {
        if (fault !== undefined) faults.bit(fault)
        if (tries >= triesMax)
          return reject(new Transient('no-answer', `${site} was asked ${triesMax} times: nobody knows whether it was done`))
        const wait = backoffMs * 2 ** tries
        time.after(wait + random.int(wait), () => go(tries + 1))
      }
      const go = (tries: number): void => {
        if (faults.strikes('callLost', site)) again(tries, 'callLost')
        else way(() => arrive(tries))
      }
      const arrive = (tries: number): void => {
        if (faults.strikes('throttle', site)) return again(tries, 'throttle')
        if (!pool.hasRoom()) return time.after(roomMs, () => arrive(tries))
        const { environment, runtime } = pool.acquire()
        calls.invocations += 1
        trace.note('invokes', environment.name, site)
        const answered = ledger.asked(name, request)
        environment.invoke(
          (deadline) => runtime.call({ envelope, deadline }),
          (outcome) => {
            trace.note('ends', environment.name, outcome.kind)
            freed()
            if (outcome.kind === 'failed') return again(tries, outcome.fault)
            answered(outcome.value, time.now())
            if (faults.strikes('callLost', site)) again(tries, 'callLost')
            else way(() => resolve(outcome.value))
          },
        )
      }
      go(1)
    })
}
