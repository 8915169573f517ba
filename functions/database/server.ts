// The database server: a process for any collections. An instance is one shard of one collection.
import * as v from 'valibot'
import { CallFailed, type ContextOf, type Contract, defineProcess, Rejected } from '../../lib/index.ts'
import type { Change, changes } from '../changes.ts'
import { type Collection, type Collections, instanceFor, instancesOf, shardIn } from './collection.ts'
import { Database } from './contract.ts'
import { count, getAll, query } from './query.ts'
import { reindex, reindexStep, signaturesOf, stillBuilt, unbuilt } from './reindex.ts'
import { readStored, row } from './row.ts'
import { type Write, type Written, writeAll } from './writes.ts'

/** A process that may be told of changes. */
export interface Subscriber {
  readonly process: Contract<string, typeof changes>
  /** Instances that are told of a change without having asked for it. */
  readonly instances?: (change: Change) => readonly string[]
}

export interface DatabaseOptions {
  readonly collections: Collections
  readonly subscribers?: readonly Subscriber[]
}

/** Instances that have asked one shard to be told. */
const subscriptionsMax = 100

const state = v.strictObject({
  documents: v.number(),
  /** The version of the document that changed last; 0 before the first. */
  changes: v.number(),
  subscriptions: v.array(v.strictObject({ process: v.string(), instance: v.string() })),
  /** What its indexes were built from, by name. */
  indexes: v.record(v.string(), v.string()),
})

const definitionOf = (uses: readonly Subscriber['process'][]) =>
  defineProcess(Database, {
    state,
    rows: row,
    uses,
    internal: { ReindexFrom: reindexStep },
    // A write that is refused must not hold up those of other documents.
    deploy: { onFailure: 'setAside', memoryMb: 512 },
  })
type DatabaseContext = ContextOf<ReturnType<typeof definitionOf>>

export const databaseOf = ({ collections, subscribers = [] }: DatabaseOptions) => {
  /** The collection that an instance is of, whatever the number of its shards was then. */
  const placeOf = ({ self }: DatabaseContext): { readonly name: string; readonly collection: Collection } => {
    const name = shardIn(self.id)?.collection
    const collection = name !== undefined && Object.hasOwn(collections, name) ? collections[name] : undefined
    if (name !== undefined && collection !== undefined) return { name, collection }
    throw new CallFailed(
      'unknown-collection',
      `${self.id} is no shard of a collection: there are ${Object.keys(collections).join(', ')}`,
    )
  }

  const tell = (ctx: DatabaseContext, change: Change): void => {
    for (const { process, instances } of subscribers) {
      const asked = ctx.state.subscriptions.filter((one) => one.process === process.name).map(({ instance }) => instance)
      for (const instance of new Set([...(instances?.(change) ?? []), ...asked])) ctx.send(process, instance).Changed(change)
    }
  }

  const write = async (ctx: DatabaseContext, writes: readonly Write[]): Promise<readonly Written[]> => {
    const place = placeOf(ctx)
    const strange = writes.find(({ key }) => instanceFor(place.name, place.collection, key) !== ctx.self.id)
    if (strange !== undefined) {
      const own = instanceFor(place.name, place.collection, strange.key)
      throw new CallFailed(
        'wrong-shard',
        `${strange.key} belongs to ${own}, not to ${ctx.self.id}: deploy the client that knows it`,
      )
    }
    if (ctx.state.changes === 0) {
      // Versions begin at the time, so that a shard that begins anew repeats none. Of what never was no index lacks anything.
      ctx.state.changes = ctx.now.getTime() * 1000
      ctx.state.indexes = { ...signaturesOf(place.collection) }
    }
    // This document gets no entry in an index that is not there now: should it come back, it lacks one.
    ctx.state.indexes = stillBuilt(place.collection, ctx.state.indexes)
    const { written, changes } = await writeAll(ctx.rows, ctx.state, place, writes)
    for (const change of changes) tell(ctx, change)
    return written
  }
  const writeOne = async (ctx: DatabaseContext, one: Write): Promise<Written> => {
    const [written] = await write(ctx, [one])
    return written as Written
  }

  const demandBuilt = ({ state }: DatabaseContext, collection: Collection, index: string | undefined): void => {
    if (index !== undefined && state.changes > 0 && unbuilt(collection, state.indexes).includes(index))
      throw new CallFailed('index-not-built', `${index} was added or changed, and lacks documents: send Reindex, and wait`)
  }

  // A timer, since time breaks the chain of messages that are counted, and one that is set again takes the place of the first.
  const beginReindex = (ctx: DatabaseContext): void => {
    const { collection } = placeOf(ctx)
    const [clearing] = unbuilt(collection, ctx.state.indexes)
    if (clearing !== undefined) ctx.after(1).ReindexFrom({ indexes: { ...signaturesOf(collection) }, clearing })
  }

  const drop = (ctx: DatabaseContext): void => {
    const { name, collection } = placeOf(ctx)
    if (instancesOf(name, collection.shards).includes(ctx.self.id))
      throw new CallFailed(
        'in-use',
        `${ctx.self.id} is a shard of ${name} as it is deployed: only one of an earlier layout is dropped`,
      )
    ctx.end()
  }

  return definitionOf(subscribers.map(({ process }) => process)).handle({
    initial: () => ({ documents: 0, changes: 0, subscriptions: [], indexes: {} }),
    on: {
      Write: async (ctx, { writes }) => {
        await forGood(() => write(ctx, writes))
      },
      Subscribe(ctx, subscription) {
        const { subscriptions } = ctx.state
        if (subscriptions.some((one) => same(one, subscription))) return
        if (!subscribers.some(({ process }) => process.name === subscription.process))
          throw new Rejected(
            'unknown-subscriber',
            `${subscription.process} is not among the database's subscribers: add it there`,
          )
        if (subscriptions.length === subscriptionsMax)
          throw new Rejected('too-many', `${subscriptionsMax} instances are told of changes already`)
        subscriptions.push(subscription)
      },
      Unsubscribe({ state }, subscription) {
        state.subscriptions = state.subscriptions.filter((one) => !same(one, subscription))
      },
      Drop: (ctx) => forGood(async () => drop(ctx)),
      Reindex: (ctx) => forGood(async () => beginReindex(ctx)),
      async ReindexFrom(ctx, step) {
        const { collection } = placeOf(ctx)
        const lacking = unbuilt(collection, ctx.state.indexes)
        if (lacking.length === 0) return
        // Code was deployed meanwhile that has other indexes.
        if (!same(step.indexes, signaturesOf(collection))) return beginReindex(ctx)
        const next = await reindex(ctx.rows, collection, lacking, step)
        if (next === undefined) ctx.state.indexes = step.indexes
        else ctx.after(1).ReindexFrom(next)
      },
    },
    answer: {
      Get: async (ctx, { key }) => {
        placeOf(ctx)
        const [stored] = await readStored(ctx.rows, [key])
        return stored === undefined ? {} : { found: { key, ...stored } }
      },
      GetAll: async (ctx, { keys }) => {
        placeOf(ctx)
        return getAll(ctx.rows, keys)
      },
      Put: (ctx, one) => writeOne(ctx, { kind: 'put', ...one }),
      Patch: (ctx, one) => writeOne(ctx, { kind: 'patch', ...one }),
      Delete: (ctx, one) => writeOne(ctx, { kind: 'delete', ...one }),
      Batch: async (ctx, { writes }) => ({ written: [...(await write(ctx, writes))] }),
      Query: async (ctx, asked) => {
        const place = placeOf(ctx)
        demandBuilt(ctx, place.collection, asked.index)
        return query(ctx.rows, place, asked)
      },
      Count: async (ctx, asked) => {
        const place = placeOf(ctx)
        demandBuilt(ctx, place.collection, asked.index)
        const whole = Object.values(asked).every((one) => one === undefined)
        return whole ? { count: ctx.state.documents } : count(ctx.rows, place, asked)
      },
    },
  })
}

const same = (one: { readonly [name: string]: string }, other: { readonly [name: string]: string }): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

/** Nobody waits for a message's answer: what is refused has failed for good, and is kept with the reason. */
const forGood = async (act: () => Promise<unknown>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (error instanceof CallFailed) throw new Rejected(error.code, error.message.slice(error.code.length + 2), { cause: error })
    throw error
  }
}
