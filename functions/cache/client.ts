// The cache as whoever uses it has it: look aside, load once, fill. Values are JSON.
//
// What `through` brings was read from where it is loaded, or was in the shared cache, at most `copyMs` ago; what is in the shared cache is no
// older than its `ttlMs`, nor than the last invalidation that has come there. Where the cache does not answer, it is loaded without it.
import { hash } from 'node:crypto'
import {
  Cache,
  type Got,
  instanceIds,
  instances as instancesDefault,
  keyBytesMax,
  type Stats,
  valueBytesMax,
} from './contract.ts'
import { Copies } from './copies.ts'
import { HitNotes } from './hit-notes.ts'
import { instanceOf } from './rendezvous.ts'

/** What of `connect({ uses: [Cache] })` is used. */
export interface CacheDoor {
  readonly call: (
    of: typeof Cache,
    id: string,
  ) => {
    readonly Get: (request: { key: string; leaseMs: number }, options?: GetOptions) => Promise<Got>
    readonly Stats: () => Promise<Stats>
  }
  readonly send: (
    to: typeof Cache,
    id: string,
  ) => {
    readonly Fill: (body: Filled) => unknown
    readonly Release: (body: { key: string; lease: number }) => unknown
    readonly Invalidate: (body: Invalidated) => unknown
    readonly Clear: () => unknown
  }
}
interface GetOptions {
  readonly key?: string
  /** ms */
  readonly timeout?: number
}
interface Filled {
  key: string
  lease: number
  value?: unknown
  ttlMs: number
  staleMs?: number
  tags?: string[]
  hits?: Used
}
/** Answers that a client had from an instance. */
export interface Used {
  readonly keys: string[]
  readonly count: number
}
interface Invalidated {
  keys?: string[]
  tags?: string[]
}

export interface CacheOptions {
  readonly client: CacheDoor
  /** Default: those of the contract. */
  readonly instances?: number
  /** How long this environment serves a copy of its own without asking. 0: never. Default 1 s. */
  readonly copyMs?: number
  /** What its copies take at most. Default 8 MB. */
  readonly copyBytesMax?: number
  /** How long somebody else may load before this one loads too, and keeps it to itself. Default 10 s. */
  readonly patienceMs?: number
  readonly now?: () => number
  readonly sleep?: (ms: number) => Promise<void>
}

export interface ThroughOptions {
  /** How old it may be, to 30 days. */
  readonly ttlMs: number
  /** As `ttlMs`, of what does not exist. Default `ttlMs`, 30 s at most. */
  readonly negativeTtlMs?: number
  /** How much older it may be for those who would else wait for another's loading. Default 0. */
  readonly staleMs?: number
  /** What invalidates it besides its key; a change of a document invalidates the tag of its collection. At most 100. */
  readonly tags?: readonly string[]
  /** How long the loading may take before another may load as well, 1 s to 1 min. Default 5 s. */
  readonly leaseMs?: number
}

/** Since the beginning of this environment. */
export interface ClientCounts {
  /** Answered by a copy of its own; by the shared cache; by what is stale. */
  readonly copies: number
  readonly hits: number
  readonly stale: number
  /** Loaded and filled. */
  readonly loads: number
  /** Loaded without the cache, which did not answer, or was too long about it. */
  readonly bypassed: number
}

export interface CacheClient {
  /**
   * Brings the value of a key, from the cache or by `load`, which runs once however many want it. Undefined: it does not exist, and that is
   * kept too. Where the shape of a value changes, so must its key. Do not change what it brings: others have the same.
   * @throws what `load` throws
   */
  readonly through: <T>(key: string, options: ThroughOptions, load: () => Promise<T | undefined>) => Promise<T | undefined>
  /** Resolves once it is on its way: it comes to each instance, so that it holds while their number changes. */
  readonly invalidate: (what: { readonly keys?: readonly string[]; readonly tags?: readonly string[] }) => Promise<void>
  /** Forgets all. */
  readonly clear: () => Promise<void>
  readonly counts: () => ClientCounts
  /** Of each instance, by id. */
  readonly stats: () => Promise<ReadonlyMap<string, Stats>>
}

const negativeTtlMsMax = 30_000
/** Whoever wants a value waits so long for an answer of the cache, then loads. */
const answerMsMax = 4000

/** A cache over the client of the processes. One an environment: it keeps copies, and joins loads of one key. */
export const createCache = ({
  client,
  instances = instancesDefault,
  copyMs = 1000,
  copyBytesMax = 8_000_000,
  patienceMs = 10_000,
  now = Date.now,
  sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}: CacheOptions): CacheClient => {
  const copies = new Copies(copyBytesMax)
  const underWay = new Map<string, Promise<unknown>>()
  const counts = { copies: 0, hits: 0, stale: 0, loads: 0, bypassed: 0 }
  const notes = new HitNotes()

  // Under a lease. A value that cannot be kept is good all the same.
  const loadUnder = async <T>(
    instance: string,
    key: string,
    lease: number,
    { load, ...options }: Wanted<T>,
  ): Promise<T | undefined> => {
    const { ttlMs, staleMs, tags, negativeTtlMs = Math.min(ttlMs, negativeTtlMsMax) } = options
    counts.loads += 1
    let value: T | undefined
    try {
      value = await load()
    } catch (thrown) {
      await attempt(() => client.send(Cache, instance).Release({ key, lease }))
      throw thrown
    }
    const fits = Buffer.byteLength(JSON.stringify(value) ?? '') <= valueBytesMax
    const hits = fits ? notes.take(instance) : undefined
    const filled = {
      key,
      lease,
      ...(value !== undefined && { value }),
      ttlMs: value === undefined ? negativeTtlMs : ttlMs,
      ...(staleMs !== undefined && { staleMs }),
      ...(tags !== undefined && { tags: tags.map(nameOf) }),
      ...(hits !== undefined && { hits }),
    }
    const { Fill, Release } = client.send(Cache, instance)
    if (!(fits && (await attempt(() => Fill(filled))))) await attempt(() => Release({ key, lease }))
    return value
  }

  const bypass = <T>({ load }: Wanted<T>): Promise<T | undefined> => {
    counts.bypassed += 1
    return load()
  }

  const askOnce = async <T>(key: string, wanted: Wanted<T>, isPatient: boolean): Promise<Asked<T>> => {
    const instance = instanceOf(key, instances)
    const { leaseMs = 5000, ttlMs, negativeTtlMs = Math.min(ttlMs, negativeTtlMsMax) } = wanted
    // A copy's time runs from before the asking: so long ago the shared cache, or what was loaded, was so.
    const asked = now()
    const got = await answered(() => client.call(Cache, instance).Get({ key, leaseMs }, { timeout: answerMsMax }))
    switch (got?.kind) {
      case 'hit':
      case 'negative': {
        const value = (got.kind === 'hit' ? got.value : undefined) as T | undefined
        counts.hits += 1
        notes.note(instance, key)
        copies.set(key, value, asked + Math.min(copyMs, got.freshMs))
        return { value }
      }
      case 'miss': {
        const value = await loadUnder(instance, key, got.lease, wanted)
        copies.set(key, value, asked + Math.min(copyMs, value === undefined ? negativeTtlMs : ttlMs))
        return { value }
      }
      case 'wait':
        if (got.stale === undefined && isPatient) return { retryMs: got.retryMs }
        if (got.stale === undefined) return { value: await bypass(wanted) }
        counts.stale += 1
        return { value: got.stale.value as T | undefined }
      case undefined:
        return { value: await bypass(wanted) }
    }
  }
  const ask = async <T>(key: string, wanted: Wanted<T>): Promise<T | undefined> => {
    const until = now() + patienceMs
    for (;;) {
      const asked = await askOnce(key, wanted, now() < until)
      if (!('retryMs' in asked)) return asked.value
      await sleep(asked.retryMs)
    }
  }

  const everywhere = async (act: (instance: string) => unknown): Promise<void> => {
    await Promise.all(instanceIds(instances).map(act))
  }

  return {
    through: async <T>(of: string, options: ThroughOptions, load: () => Promise<T | undefined>) => {
      const key = nameOf(of)
      const copy = copies.get(key, now())
      if (copy !== undefined) {
        counts.copies += 1
        notes.note(instanceOf(key, instances), key)
        return copy.value as T | undefined
      }
      const joined = underWay.get(key) ?? ask(key, { ...options, load }).finally(() => underWay.delete(key))
      underWay.set(key, joined)
      return joined as Promise<T | undefined>
    },
    invalidate: async (what) => {
      const [keys = [], tags = []] = [what.keys?.map(nameOf), what.tags?.map(nameOf)]
      if (tags.length > 0) copies.clear()
      for (const key of keys) copies.delete(key)
      await everywhere((instance) => client.send(Cache, instance).Invalidate({ keys, tags }))
    },
    clear: async () => {
      copies.clear()
      await everywhere((instance) => client.send(Cache, instance).Clear())
    },
    counts: () => ({ ...counts }),
    stats: async () =>
      new Map(
        await Promise.all(
          instanceIds(instances).map(async (instance) => [instance, await client.call(Cache, instance).Stats()] as const),
        ),
      ),
  }
}

type Asked<T> = { readonly value: T | undefined } | { readonly retryMs: number }
interface Wanted<T> extends ThroughOptions {
  readonly load: () => Promise<T | undefined>
}

// Nobody who wants a value is to fail of the cache.
const answered = async (get: () => Promise<Got>): Promise<Got | undefined> => {
  try {
    return await get()
  } catch {
    return undefined
  }
}
/** Whether it was sent. A lease that is not given back ends by itself. */
const attempt = async (send: () => unknown): Promise<boolean> => {
  try {
    await send()
    return true
  } catch {
    return false
  }
}

/** A key or a tag as it travels: what is too long for a row's key is named by its hash. */
const nameOf = (text: string): string => (Buffer.byteLength(text) <= keyBytesMax ? text : hash('sha256', text, 'hex'))
