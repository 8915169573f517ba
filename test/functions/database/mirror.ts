// A small collection, and a process that is told of its changes and keeps what it is told: for tests of what subscribers may rely on.
import * as v from 'valibot'
import { changes } from '../../../functions/changes.ts'
import { auditShard } from '../../../functions/database/audit.ts'
import { type DatabaseCaller, openCollection } from '../../../functions/database/client.ts'
import { defineCollections, instancesOf, shardOf } from '../../../functions/database/collection.ts'
import type { Row } from '../../../functions/database/row.ts'
import { databaseOf } from '../../../functions/database/server.ts'
import { contract, defineProcess } from '../../../lib/index.ts'

const shards = 2
/** A collection of things, spread over so many shards. */
export const collectionsWith = (shards: number) =>
  defineCollections({
    things: {
      schema: v.strictObject({ name: v.string(), rank: v.optional(v.pipe(v.number(), v.integer())) }),
      indexes: { rank: { kind: 'value', path: 'rank' }, words: { kind: 'words', path: 'name' } },
      shards,
    },
  })
export const collections = collectionsWith(shards)
export const things = (caller: DatabaseCaller) => openCollection(caller, collections, 'things', { tries: 1 })

export const Mirror = contract('mirror', { messages: { ...changes }, view: v.strictObject({ told: v.number() }) })
export const mirror = defineProcess(Mirror, { state: v.strictObject({ told: v.array(changes.Changed) }) }).handle({
  initial: () => ({ told: [] }),
  view: ({ told }) => ({ told: told.length }),
  on: {
    Changed({ state }, change) {
      state.told.push(change)
    },
  },
})

/** `all` is told of every change, others as they ask. */
export const databaseWith = (shards: number) =>
  databaseOf({ collections: collectionsWith(shards), subscribers: [{ process: Mirror, instances: () => ['all'] }] })
export const database = databaseWith(shards)

type Told = { readonly told: readonly { readonly key: string; readonly version: number; readonly deleted?: true | undefined }[] }
interface Seen {
  readonly shards: ReadonlyMap<string, { readonly documents: number; readonly changes: number }>
  readonly rows: (instance: string) => ReadonlyMap<string, unknown>
  readonly told: Told['told']
}

/** What of it is broken: what a subscriber was told against what the shards have. */
export const violationsOf = ({ shards: states, rows, told }: Seen): readonly string[] =>
  instancesOf('things', shards).flatMap((instance, shard) => {
    const state = states.get(instance) ?? { documents: 0, changes: 0 }
    const has = rows(instance) as ReadonlyMap<string, Row>
    const heard = told.filter(({ key }) => shardOf(key, shards) === shard)
    const newest = new Map(heard.map(({ key, version, deleted }) => [key, deleted === true ? undefined : version]))
    const faults = heard.flatMap(({ version }, n) => {
      const before = heard[n - 1]?.version ?? version - 1
      return version === before + 1 ? [] : [`after ${before} of ${instance} came ${version}`]
    })
    if ((heard.at(-1)?.version ?? 0) !== state.changes)
      faults.push(`${instance} is at ${state.changes}, its subscriber was last told of ${heard.at(-1)?.version}`)
    for (const [key, version] of newest) {
      const row = has.get(`document/${key}`)
      const stands = row !== undefined && 'version' in row ? row.version : undefined
      if (stands !== version) faults.push(`${key} has version ${stands}, its subscriber was told ${version}`)
    }
    return [...auditShard(instance, { name: 'things', collection: collections.things }, state, has), ...faults]
  })
