// A world of the cache under faults: a source that tells it of changes, environments that read through it, and what must hold of what they had.
import * as v from 'valibot'
import { type CacheClient, type CacheDoor, createCache } from '../../../functions/cache/client.ts'
import { Cache, type Got, instanceIds } from '../../../functions/cache/contract.ts'
import type * as CacheProcess from '../../../functions/cache/process.ts'
import { contract, defineProcess } from '../../../lib/index.ts'
import type { Random, World } from '../../../lib/sim/index.ts'
import type { Trial } from '../../proof/hunting.ts'

const count = 2
const bytesMax = 900
const leaseMs = 2000
const keys = ['0', '1']
/** Never changed, so that nothing ends a lease but time and who has it. */
const still = ['still 0', 'still 1']

const Source = contract('source', {
  messages: { Change: v.object({}) },
  calls: { Read: { request: v.object({}), reply: v.object({ version: v.number() }) } },
})
/** One document; its commit tells each instance of the cache that it has changed. */
const source = defineProcess(Source, { state: v.object({ version: v.number() }), uses: [Cache] }).handle({
  initial: () => ({ version: 0 }),
  on: {
    Change(ctx) {
      ctx.state.version += 1
      for (const id of instanceIds(count))
        ctx.send(Cache, id).Changed({ collection: 'source', key: ctx.self.id, version: ctx.state.version })
    },
  },
  answer: { Read: ({ state }) => ({ version: state.version }) },
})

/** A lease as it was asked for and given, and when whoever had it was done with it. */
interface Grant {
  readonly key: string
  readonly instance: string
  readonly lease: number
  readonly asked: number
  readonly given: number
  done: number
}
interface Observed {
  readonly grants: Grant[]
  /** What the cache has once all is quiet, by key. */
  readonly kept: Map<string, Got>
}

interface CacheTrial extends Trial {
  /** What explorations saw, in sum. */
  readonly seen: { grants: number; kept: number; evictions: number; refused: number }
}

export const cacheTrial = ({ cacheOf }: typeof CacheProcess): CacheTrial => {
  const cache = cacheOf({ bytesMax })
  const observations = new WeakMap<World, Observed>()
  const seen = { grants: 0, kept: 0, evictions: 0, refused: 0 }
  const observed = (world: World): Observed => observations.get(world) ?? { grants: [], kept: new Map() }

  const workload = async (world: World, random: Random): Promise<void> => {
    const own: Observed = { grants: [], kept: new Map() }
    observations.set(world, own)
    const environments = Array.from({ length: 3 }, () => environmentOf(world, own))
    const reads: Promise<unknown>[] = []
    for (let n = random.between(15, 40); n > 0; n -= 1) {
      if (random.chance(0.2)) world.send(Source, random.pick(keys)).Change()
      reads.push(readThrough(world, random.pick(environments), random).catch(() => {}))
      await world.advance(random.int(random.chance(0.15) ? 5000 : 200))
    }
    await Promise.all(reads)
    world.calm()
    await world.run()
    for (const key of [...keys.map((one) => `source/${one}`), 'sum'])
      for (const id of instanceIds(count)) {
        const got = await world.call(Cache, id).Get({ key, leaseMs })
        if (got.kind === 'hit') own.kept.set(`${key} at ${id}`, got)
      }
  }

  return {
    app: [cache, source],
    workload,
    seen,
    invariants: {
      'no more is kept than the bound': (world) => {
        const states = world.states(cache)
        for (const { counts } of states) {
          seen.evictions += counts.evictions
          seen.refused += counts.refused
        }
        return states.every(({ bytes, entries }) => bytes <= bytesMax && bytes >= 0 && entries >= 0)
      },
      'what is kept is as new as what has been invalidated': (world) => {
        const versions = new Map([...world.instances(source)].map(([id, { version }]) => [id, version]))
        const sum = [...versions.values()].reduce((all, one) => all + one, 0)
        const { kept } = observed(world)
        seen.kept += kept.size
        return [...kept].flatMap(([of, got]) => {
          const has = got.kind === 'hit' ? (got.value as Value).version : undefined
          const is = of.startsWith('sum') ? sum : (versions.get(of.replace(/^source\/(.+) at .+$/, '$1')) ?? 0)
          return has === is ? [] : [`${of} is ${has}, and should be ${is}`]
        })
      },
      'of a key one loads at a time': (world) => {
        const { grants } = observed(world)
        seen.grants += grants.length
        const beside = (one: Grant): readonly Grant[] =>
          grants.filter(
            ({ key, lease, given }) => key === one.key && lease > one.lease && given < Math.min(one.asked + leaseMs, one.done),
          )
        return grants
          .filter(({ key }) => still.includes(key))
          .flatMap((one) => beside(one).map(({ lease }) => `${one.key}: ${lease} while ${one.lease} counts`))
      },
    },
  }
}

interface Value {
  readonly version: number
  readonly text: string
}

const readThrough = async (world: World, cache: CacheClient, random: Random): Promise<unknown> => {
  const version = async (key: string): Promise<number> => (await world.call(Source, key).Read()).version
  const loaded = async (read: () => Promise<number>): Promise<Value> => {
    const value = { version: await read(), text: 'x'.repeat(250) }
    // Some take longer than their lease.
    await world.advance(random.int(random.chance(0.3) ? 4000 : 60))
    return value
  }
  const options = { ttlMs: 24 * 3_600_000, leaseMs }
  if (random.chance(0.3)) return cache.through(random.pick(still), options, () => loaded(async () => 0))
  if (random.chance(0.3))
    return cache.through('sum', { ...options, tags: ['source'] }, () =>
      loaded(async () => {
        let sum = 0
        for (const key of keys) sum += await version(key)
        return sum
      }),
    )
  const key = random.pick(keys)
  return cache.through(`source/${key}`, options, () => loaded(() => version(key)))
}

/** An environment without copies of its own, whose leases are written down. */
const environmentOf = (world: World, { grants }: Observed): CacheClient => {
  const now = (): number => world.now().getTime()
  const end = (instance: string, { key, lease }: { readonly key: string; readonly lease: number }): void => {
    for (const one of grants) if (one.key === key && one.lease === lease && one.instance === instance) one.done = now()
  }
  const client: CacheDoor = {
    call: (of, id) => ({
      ...world.call(of, id),
      Get: async (request) => {
        const asked = now()
        const got = await world.call(of, id).Get(request)
        if (got.kind === 'miss')
          grants.push({ key: request.key, instance: id, lease: got.lease, asked, given: now(), done: Number.POSITIVE_INFINITY })
        return got
      },
    }),
    send: (to, id) => {
      const { Fill, Release, Invalidate, Clear } = world.send(to, id)
      return {
        Fill: (body) => {
          end(id, body)
          Fill(body)
        },
        Release: (body) => {
          end(id, body)
          Release(body)
        },
        Invalidate,
        Clear,
      }
    },
  }
  return createCache({ client, instances: count, copyMs: 0, patienceMs: 20_000, now, sleep: (ms) => world.advance(ms) })
}
