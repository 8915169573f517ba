// Several processes for tests, each on a host of its own in memory: what one sends reaches the next, in order, and time passes when told.
import { type Contract, methods, type Senders, type ViewOf } from '../../lib/core/contract.ts'
import { milliseconds } from '../../lib/core/duration.ts'
import { cancelType } from '../../lib/core/waits.ts'
import type { Process } from '../../lib/index.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import { deliver, delivery, keyed, type MemoryHost, memoryHost } from './memory-host.ts'
import { keptReasons, standing } from './processes.ts'

interface Place {
  readonly process: Process
  readonly host: MemoryHost
  runtime: Runtime
  /** How much of what it sent is under way already. */
  sent: number
  scheduled: number
}
interface Waiting {
  readonly process: string
  readonly body: string
  /** Messages of one group wait for each other; timers have none. */
  readonly group: string | undefined
  due: number
  receives: number
}

/**
 * `warm`: one environment a process for all that is delivered. `cold`: a fresh one for each delivery. `twice`: besides, each message comes
 * twice.
 */
export type Weather = 'warm' | 'cold' | 'twice'

export interface Several {
  readonly send: <C extends Contract>(to: C, id: string) => Senders<C['messages'], never, void>
  readonly cancel: (of: Contract, id: string) => void
  /** Delivers the next message that is due, if there is one. */
  readonly step: () => Promise<void>
  /** Delivers what is due, and lets a time pass: what comes due meanwhile is delivered at its time. */
  readonly advance: (duration: string | number) => Promise<void>
  readonly state: (process: Process, id: string) => unknown
  readonly view: <C extends Contract>(of: C, id: string) => ViewOf<C> | undefined
  readonly kept: (process: Process, id: string) => readonly unknown[]
}

const returnedMs = 10_000

export const several = (processes: readonly Process[], weather: Weather): Several => {
  const places = new Map<string, Place>()
  for (const process of processes) {
    const host = memoryHost()
    places.set(process.contract.name, { process, host, runtime: createRuntime(process, host), sent: 0, scheduled: 0 })
  }
  const at = (name: string): Place => places.get(name) as Place
  const waiting: Waiting[] = []
  const now = (): number => at(processes[0]?.contract.name ?? '').host.clock.now()
  let keys = 0

  const post = ({ name }: Contract, id: string, type: string, body: unknown): void => {
    const envelope = keyed(`key-${++keys}`, { to: id, type, body, at: now() })
    waiting.push({ process: name, body: JSON.stringify(envelope), group: id, due: now(), receives: 0 })
  }
  const collect = (place: Place): void => {
    const { host, process } = place
    for (const { queue, entry } of host.sent.slice(place.sent)) {
      if (queue.role === 'deadLetter') continue
      const due = now() + (entry.delaySeconds ?? 0) * 1000
      waiting.push({
        process: queue.process,
        body: entry.body,
        group: queue.role === 'mailbox' ? entry.group : undefined,
        due,
        receives: 0,
      })
    }
    for (const schedule of host.scheduled.slice(place.scheduled))
      waiting.push({ process: process.contract.name, body: schedule.body, group: undefined, due: schedule.at, receives: 0 })
    place.sent = host.sent.length
    place.scheduled = host.scheduled.length
  }
  const due = (): Waiting | undefined => {
    const held = new Set<string>()
    return waiting.find((one) => {
      const group = one.group === undefined ? undefined : `${one.process}/${one.group}`
      if (one.due <= now() && (group === undefined || !held.has(group))) return true
      if (group !== undefined) held.add(group)
      return false
    })
  }
  /** @returns whether it came back */
  const give = async (one: Waiting): Promise<boolean> => {
    const place = at(one.process)
    if (weather !== 'warm') place.runtime = createRuntime(place.process, place.host)
    one.receives += 1
    const back = await deliver(place.runtime, place.host, [delivery(one.body, { receiveCount: one.receives })])
    collect(place)
    return back.length > 0
  }
  const step = async (one: Waiting | undefined): Promise<void> => {
    if (one === undefined) return
    if ((await give(one)) || (weather === 'twice' && (await give(one)))) one.due = now() + returnedMs
    else waiting.splice(waiting.indexOf(one), 1)
  }
  const settle = async (): Promise<void> => {
    for (let one = due(); one !== undefined; one = due()) await step(one)
  }

  return {
    send: (to, id) => methods(to.messages, (type, body) => post(to, id, type, body)) as never,
    cancel: (of, id) => post(of, id, cancelType, {}),
    step: () => step(due()),
    advance: async (duration) => {
      const end = now() + milliseconds(duration)
      for (;;) {
        await settle()
        const next = Math.min(...waiting.map((one) => one.due).filter((one) => one > now()))
        const ms = Math.min(next, end) - now()
        for (const { host } of places.values()) host.advance(ms)
        if (next > end) return
      }
    },
    state: ({ contract }, id) => {
      const text = standing(at(contract.name).host, id)?.state
      return text === undefined ? undefined : JSON.parse(text)
    },
    view: ({ name }, id) => {
      const text = standing(at(name).host, id)?.view
      return text === undefined ? undefined : JSON.parse(text)
    },
    kept: ({ contract }, id) => keptReasons(at(contract.name).host, id),
  }
}
