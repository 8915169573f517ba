// How long a flow takes to be replayed, by the number of its steps, in memory.
import { encodeEnvelope } from '../lib/core/envelope.ts'
import { createRuntime } from '../lib/runtime/runtime.ts'
import { deliveryOf, memoryHost } from './memory-host.ts'
import { median } from './statistics.ts'
import { desk } from './workloads/talk/desk/process.ts'

export interface ReplayFigures {
  readonly workload: 'replay'
  /** Median wall time of a replay in ms, by the number of steps. */
  readonly ms: { readonly [steps: string]: number }
  /** Microseconds a step at the most steps, by those at the fewest: 1 if it grows linearly. */
  readonly growth: number
  readonly ok: boolean
}

const sizes = [250, 500, 1000, 2000] as const
const replays = 15

export const benchReplay = async (): Promise<ReplayFigures> => {
  const ms: Record<string, number> = {}
  for (const steps of [...sizes.slice(0, 1), ...sizes]) ms[steps] = await replayOf(steps)
  const perStep = (steps: number): number => (ms[steps] as number) / steps
  return { workload: 'replay', ms, growth: perStep(2000) / perStep(250), ok: true }
}

/** A flow that has done its steps and sleeps is touched by a message that it does not wait for: the code runs along its journal. */
const replayOf = async (steps: number): Promise<number> => {
  const { host } = memoryHost()
  const deliver = (type: string, body: object, n: number) => {
    const at = Date.now()
    const id = `source/1/${at * 1000 + n}/${n}`
    const envelope = { v: 1 as const, id, to: 'one', type, body, at, from: 'source/1', trace: id, hops: 0 }
    return createRuntime(desk, host).receive({
      deliveries: [deliveryOf({ body: encodeEnvelope(envelope), deduplication: id }, n)],
      deadline: at + 600_000,
    })
  }
  await deliver('Work', { steps, wait: true }, 0)
  const times: number[] = []
  for (let n = 1; n <= replays; n++) {
    const start = performance.now()
    await deliver('Nudge', {}, n)
    times.push(performance.now() - start)
  }
  return median(times)
}
