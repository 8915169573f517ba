// A host in memory: a table with conditions and expiry, a mailbox that keeps what is sent, a clock moved by hand, and hooks that meddle with each call.
import { type Envelope, encodeBundle } from '../../lib/core/envelope.ts'
import { Transient } from '../../lib/core/errors.ts'
import { compareKeys } from '../../lib/core/row.ts'
import { noMeter } from '../../lib/ports/host.ts'
import type { Delivery, Entry, Hidden, Mailbox, Queue } from '../../lib/ports/mailbox.ts'
import type { Schedule } from '../../lib/ports/scheduler.ts'
import type { Condition, Item, PutResult, Store } from '../../lib/ports/store.ts'
import type { Host, Runtime } from '../../lib/runtime/host.ts'

/** What a hook makes of a call: nothing; done, but its answer lost; or entries that a send refuses. A hook that throws stops it before it is done. */
export type Meddling = undefined | 'answer-lost' | { readonly failed: readonly Entry[]; readonly lasting?: boolean }
type Hook<A extends readonly unknown[]> = (...call: A) => Meddling | Promise<Meddling>
export interface Hooks {
  get?: Hook<[pk: string, sk: string]> | undefined
  range?: Hook<[pk: string, from: string]> | undefined
  put?: Hook<[item: Item, condition: Condition | undefined]> | undefined
  send?: Hook<[entries: readonly Entry[], queue: Queue]> | undefined
}

export interface Sent {
  readonly queue: Queue
  readonly entry: Entry
}

export interface MemoryHost extends Host {
  /** By `pk sk`. */
  readonly items: Map<string, Item>
  /** Accepted entries, in their order. */
  readonly sent: Sent[]
  readonly scheduled: Schedule[]
  /** Entries of each send, as they were asked for. */
  readonly batches: (readonly Entry[])[]
  readonly hidden: Hidden[]
  /** Queues of a mailbox, by process; 1 unless it says otherwise. */
  readonly shards: Map<string, number>
  readonly views: {
    read(process: string, instance: string): Promise<string | undefined>
    readonly published: Map<string, string>
  }
  readonly logged: { readonly level: string; readonly message: string; readonly fields: unknown }[]
  readonly hooks: Hooks
  readonly calls: { reads: number; ranges: number; writes: number; removes: number; sends: number; hides: number }
  /** Moves the clock and fires what was due. */
  advance(ms: number): void
  /** Moves the clock to the next timer; false if there is none. */
  advanceToTimer(): boolean
}

const epoch = Date.UTC(2026, 0, 1)

export const memoryHost = (): MemoryHost => {
  const items = new Map<string, Item>()
  const calls = { reads: 0, ranges: 0, writes: 0, removes: 0, sends: 0, hides: 0 }
  const hooks: Hooks = {}
  const { clock, advance, advanceToTimer } = manualClock()
  const sent: Sent[] = []
  const batches: (readonly Entry[])[] = []
  const hidden: Hidden[] = []
  const scheduled: Schedule[] = []
  const shards = new Map<string, number>()
  const logged: MemoryHost['logged'] = []
  const published = new Map<string, string>()
  let nonces = 0

  const present = (item: Item | undefined): Item | undefined =>
    item !== undefined && Number(item.attributes.expires ?? Number.POSITIVE_INFINITY) * 1000 > clock.now() ? item : undefined
  const find = (pk: string, sk: string): Item | undefined => present(items.get(`${pk} ${sk}`))

  const store: Store = {
    get: async (pk, sk) => {
      calls.reads += 1
      await hooks.get?.(pk, sk)
      return find(pk, sk)
    },
    put: async (item, condition): Promise<PutResult> => {
      calls.writes += 1
      const meddling = await hooks.put?.(item, condition)
      const standing = find(item.pk, item.sk)
      const holds = satisfied(condition, standing)
      if (holds) items.set(`${item.pk} ${item.sk}`, item)
      if (meddling === 'answer-lost') throw new Transient('lost', 'the answer of a put was lost')
      return holds ? { kind: 'written' } : { kind: 'refused', item: standing }
    },
    getMany: async (pk, sks) => {
      calls.reads += sks.length
      for (const sk of sks) await hooks.get?.(pk, sk)
      return sks.flatMap((sk) => find(pk, sk) ?? [])
    },
    range: async function* (pk, from, to, { reverse = false } = {}) {
      calls.ranges += 1
      await hooks.range?.(pk, from)
      const found = [...items.values()].filter(
        (item) => item.pk === pk && compareKeys(item.sk, from) >= 0 && compareKeys(item.sk, to) <= 0 && present(item),
      )
      yield* found.sort((a, b) => (reverse ? compareKeys(b.sk, a.sk) : compareKeys(a.sk, b.sk)))
    },
    remove: async (pk, sk) => {
      calls.removes += 1
      items.delete(`${pk} ${sk}`)
    },
  }

  const mailbox: Mailbox = {
    shards: (process) => shards.get(process) ?? 1,
    send: async (queue, entries) => {
      calls.sends += 1
      batches.push(entries)
      const meddling = await hooks.send?.(entries, queue)
      const failed = typeof meddling === 'object' ? meddling.failed : []
      for (const entry of entries) if (!failed.includes(entry)) sent.push({ queue, entry })
      if (meddling === 'answer-lost') throw new Transient('lost', 'the answer of a send was lost')
      const lasting = typeof meddling === 'object' && meddling.lasting === true
      return new Map(failed.map(({ id }) => [id, { reason: lasting ? 'AccessDenied' : 'InternalError', lasting }]))
    },
    hide: async (deliveries) => {
      calls.hides += 1
      hidden.push(...deliveries)
    },
  }

  return {
    store,
    mailbox,
    views: { published, read: async (process, instance) => published.get(`${process}/${instance}`) },
    clock,
    ids: { nonce: () => `nonce-${++nonces}`, dice: () => 0.5 },
    meter: noMeter,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    scheduler: { schedule: async (schedule) => void scheduled.push(schedule) },
    scheduled,
    log: { write: (level, message, fields) => void logged.push({ level, message, fields }) },
    items,
    sent,
    batches,
    hidden,
    shards,
    logged,
    hooks,
    calls,
    advance,
    advanceToTimer,
  }
}

const satisfied = (condition: Condition | undefined, standing: Item | undefined): boolean => {
  if (condition === undefined) return true
  if (condition.kind === 'absent') return standing === undefined
  if (condition.kind === 'older') return !(Number(standing?.attributes.version) >= condition.version)
  return standing?.attributes.version === condition.version && standing.attributes.nonce === condition.nonce
}

const manualClock = () => {
  let now = epoch
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>()
  const advance = (ms: number): void => {
    now += ms
    for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > now) break
      timers.delete(timer)
      timer.fire()
    }
  }
  return {
    advance,
    advanceToTimer: () => {
      const next = Math.min(...[...timers].map((timer) => timer.at))
      if (next === Number.POSITIVE_INFINITY) return false
      advance(Math.max(0, next - now))
      return true
    },
    clock: {
      now: () => now,
      after: (ms: number) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = { at: now + ms, fire: resolve }
        timers.add(timer)
        return { elapsed: promise, cancel: () => void timers.delete(timer) }
      },
    },
  }
}

/** An envelope as a process sends it, each a millisecond after the last, unless `given` says otherwise; `from: undefined` makes it a client's. */
export const envelope = (given: Partial<Record<keyof Envelope, unknown>> = {}): Envelope => {
  const id = `shop/1/${++made}/0`
  return {
    v: 1,
    id,
    to: '42',
    type: 'Add',
    body: {},
    at: epoch + made,
    from: 'shop/1',
    trace: (given.id as string | undefined) ?? id,
    hops: 0,
    ...given,
  } as Envelope
}
/** A client's message under its own key. */
export const keyed = (key: string, given: Partial<Record<keyof Envelope, unknown>> = {}): Envelope =>
  envelope({ id: key, from: undefined, ...given })
let made = 0

/** A delivery of one envelope, of a bundle, or of whatever text. */
export const delivery = (content: Envelope | readonly Envelope[] | string, given: Partial<Delivery> = {}): Delivery => {
  const messageId = `sqs-${++made}`
  const body =
    typeof content === 'string'
      ? content
      : encodeBundle((Array.isArray(content) ? content : [content]).map((one) => JSON.stringify(one)))
  return { messageId, receipt: `receipt of ${messageId}`, body, receiveCount: 1, sentAt: epoch, ...given }
}

/** The same message as a queue delivers it for the `receiveCount`-th time. */
export const again = (one: Delivery, receiveCount = one.receiveCount + 1): Delivery => ({ ...one, receiveCount })

/** Delivers a batch to an environment; timers fire as soon as nothing else is left to do. @returns the deliveries that came back */
export const deliver = async (
  runtime: Runtime,
  host: MemoryHost,
  deliveries: readonly Delivery[],
  seconds = 30,
): Promise<readonly Delivery[]> => {
  const running = runtime.receive({ deliveries, deadline: host.clock.now() + seconds * 1000 })
  const { returned } = await untilDone(host, running)
  return deliveries.filter(({ messageId }) => returned.includes(messageId))
}

const untilDone = async <T>(host: MemoryHost, running: Promise<T>): Promise<T> => {
  let done = false
  const end = (): void => {
    done = true
  }
  running.then(end, end)
  for (let turn = 0; turn < 10_000; turn++) {
    await new Promise(setImmediate)
    if (done) return running
    host.advanceToTimer()
  }
  throw new Error('the invocation waits for something that never comes')
}

/** The promise of an environment that has died: nothing after it runs. */
export const died = (): Promise<never> => new Promise(() => {})

/** Runs a batch up to where a hook lets the environment die. */
export const deliverAndDie = async (runtime: Runtime, host: MemoryHost, deliveries: readonly Delivery[]): Promise<void> => {
  void runtime.receive({ deliveries, deadline: host.clock.now() + 30_000 })
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
}

/** `hook` for the first `times` calls that `which` picks; then nothing. */
export const onCalls = <A extends readonly unknown[]>(which: (...call: A) => boolean, hook: Hook<A>, times = 1): Hook<A> => {
  let left = times
  return (...call) => (which(...call) && left-- > 0 ? hook(...call) : undefined)
}

export const isCommit = (item: Item): boolean => item.sk === 'record'
export const passing = (): never => {
  throw new Transient('throttled', 'the table is throttled')
}
