// The database in simulated worlds: what its documents, its indexes and its subscribers say of each other under faults.
import { describe, expect, test } from '@jest/globals'
import { cache } from '../../../functions/cache/process.ts'
import { auditShard } from '../../../functions/database/audit.ts'
import { openCollection } from '../../../functions/database/client.ts'
import { type Index, instanceFor } from '../../../functions/database/collection.ts'
import { collections as shop } from '../../../functions/database/collections.ts'
import { Database } from '../../../functions/database/contract.ts'
import { database as shopDatabase } from '../../../functions/database/process.ts'
import type { Row } from '../../../functions/database/row.ts'
import { databaseOf } from '../../../functions/database/server.ts'
import type { Write } from '../../../functions/database/writes.ts'
import { databaseViolations } from '../../../functions/invariants.ts'
import { CallFailed, Transient } from '../../../lib/index.ts'
import { explore, type Random, simulate, summary, type World } from '../../../lib/sim/index.ts'
import { collections, database, mirror, things, violationsOf } from './mirror.ts'

const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const processes = [database, mirror]
const shardFor = (key: string): string => instanceFor('things', collections.things, key)

const disagreements = (world: World): readonly string[] =>
  violationsOf({
    shards: world.instances(database),
    rows: (instance) => world.rows(database, instance),
    told: world.instances(mirror).get('all')?.told ?? [],
  })

/** One document put or deleted, by a message or by a call that may be refused. */
const touch = (world: World, random: Random): Promise<unknown> => {
  const key = random.pick(keys)
  const document = { name: random.pick(['red lamp', 'lamp', 'tea']), rank: random.chance(0.1) ? 0.5 : random.int(4) }
  const write: Write = random.chance(0.7) ? { kind: 'put', key, document } : { kind: 'delete', key }
  switch (random.pick(['message', 'call', 'first'])) {
    case 'message':
      world.send(Database, shardFor(key)).Write({ writes: [write] })
      return Promise.resolve()
    case 'call':
      return things(world).put(key, document)
    default:
      return things(world).put(key, document, { version: 0 })
  }
}

test('under all faults changes come in order and none is lost, and indexes say what documents say', async () => {
  let refused = 0
  const explored = await explore(processes, {
    seeds: 30,
    workload: async (world, random) => {
      const asked: Promise<unknown>[] = []
      for (let n = 0; n < 30; n++) {
        asked.push(touch(world, random))
        await world.advance(random.int(2000))
      }
      for (const one of await Promise.allSettled(asked)) {
        if (one.status === 'fulfilled' || one.reason instanceof Transient) continue
        if (!(one.reason instanceof CallFailed)) throw one.reason
        refused++
      }
    },
    invariants: { 'documents, indexes and subscribers agree': disagreements },
  })
  process.stdout.write(`database: ${summary(explored)}\n`)
  expect(refused).toBeGreaterThan(0)
}, 600_000)

test('in the shop, with the cache told of all that changes, products and their indexes agree', async () => {
  const explored = await explore([shopDatabase, cache], {
    seeds: 8,
    workload: async (world, random) => {
      const products = openCollection(world, shop, 'products', { tries: 1 })
      for (let n = 0; n < 12; n++) {
        const name = random.pick(['Red Lamp', 'Blue Lamp', 'Tea Pot'])
        const document = { name, category: random.pick(['Light', 'Tea']), pence: random.int(500) }
        products
          .batch([
            { kind: 'put', key: `P${random.int(5)}`, document },
            { kind: 'delete', key: `P${random.int(5)}` },
          ])
          .catch(() => {})
        await world.advance(random.int(3000))
      }
    },
    invariants: {
      'indexes agree with documents': (world) =>
        databaseViolations(world.states(), (instance) => world.rows(shopDatabase, instance)),
    },
  })
  process.stdout.write(`products: ${summary(explored)}\n`)
}, 600_000)

describe('a subscriber', () => {
  test('is told from when it asks until it asks no more, of every change', async () => {
    const world = simulate(processes)
    const told = () =>
      world
        .instances(mirror)
        .get('late')
        ?.told.map(({ key, deleted }) => [key, deleted === true]) ?? []
    const put = (key: string) =>
      world.send(Database, shardFor(key)).Write({ writes: [{ kind: 'put', key, document: { name: key } }] })
    put('a')
    await world.run()
    await things(world).subscribe('mirror', 'late')
    await things(world).subscribe('mirror', 'late')
    await world.run()
    put('b')
    world.send(Database, shardFor('b')).Write({ writes: [{ kind: 'delete', key: 'b' }] })
    await world.run()
    expect(told()).toEqual([
      ['b', false],
      ['b', true],
    ])
    world.send(Database, shardFor('b')).Unsubscribe({ process: 'mirror', instance: 'late' })
    put('b')
    await world.run()
    expect([told().length, disagreements(world), world.failed()]).toEqual([2, [], []])
  })

  test('of a process that the database does not know is refused', async () => {
    const world = simulate(processes)
    world.send(Database, 'things/0-of-2').Subscribe({ process: 'nobody', instance: '1' })
    await world.run()
    expect(world.failed()).toMatchObject([
      { code: 'rejected', reason: expect.stringMatching(/unknown-subscriber.*nobody/), parked: false },
    ])
  })
})

describe('a message that is refused', () => {
  test.each([
    ['a document that breaks its schema', 'a', { rank: 'high' }, /invalid-document: a: name: .*rank: /],
    ['a key of another shard', 'c', { name: 'c' }, /wrong-shard: c belongs to things\/1-of-2/],
  ])('for %s is kept with the reason, and holds up nobody', async (_, key, document, reason) => {
    const world = simulate(processes)
    const to = shardFor('a')
    world.send(Database, to).Write({ writes: [{ kind: 'put', key, document }] })
    world.send(Database, to).Write({ writes: [{ kind: 'put', key: 'a', document: { name: 'a' } }] })
    await world.run()
    expect(world.failed()).toMatchObject([{ code: 'rejected', reason: expect.stringMatching(reason), parked: false }])
    expect(await things(world).get('a')).toMatchObject({ document: { name: 'a' } })
  })
})

describe('calls', () => {
  test('of a collection are answered over all its shards', async () => {
    const world = simulate(processes)
    const client = things(world)
    const written = await client.batch(keys.map((key, rank) => ({ kind: 'put', key, document: { name: `lamp ${key}`, rank } })))
    expect(written.map(({ changed }) => changed)).toEqual(keys.map(() => true))
    expect((await client.getAll([...keys, 'none'])).map(({ key }) => key)).toEqual(keys)
    await client.batch(keys.map((key) => ({ kind: 'patch', key, patch: { name: `lamp ${key} ${'x'.repeat(200_000)}` } })))
    expect((await client.getAll(keys)).map(({ key }) => key)).toEqual(keys)
    await client.batch(keys.map((key) => ({ kind: 'patch', key, patch: { name: `lamp ${key}` } })))
    expect((await client.query({ index: 'rank', from: 2, reverse: true, limit: 3 })).documents.map(({ key }) => key)).toEqual([
      'f',
      'e',
      'd',
    ])
    expect([
      await client.count(),
      await client.count({ index: 'rank', from: 4 }),
      await client.count({ index: 'words', matches: 'l' }),
    ]).toEqual([6, 2, 6])
    const { version = 0 } = (await client.get('a')) ?? {}
    expect((await client.patch('a', { rank: 9 }, { version })).version).toBeGreaterThan(version)
    expect(await client.delete('b')).toEqual({ version: 0, changed: true })
    const all: string[] = []
    for await (const { key } of client.all()) all.push(key)
    expect(all).toEqual(['a', 'c', 'd', 'e', 'f'])
    expect([disagreements(world), world.check()]).toEqual([[], []])
  })

  test.each([
    ['a version that is another', 'version-conflict', (world: World) => things(world).put('a', { name: 'x' }, { version: 1 })],
    ['a broken document', 'invalid-document', (world: World) => things(world).patch('a', { rank: 'high' })],
    ['an unknown index', 'unknown-index', (world: World) => things(world).query({ index: 'colour' })],
    ['a cursor of another query', 'wrong-cursor', (world: World) => things(world).query({ cursor: 'bm9uZQ' })],
    [
      'a collection that is none',
      'unknown-collection',
      (world: World) => world.call(Database, 'others/0-of-1').Get({ key: 'a' }),
    ],
    ['an instance that is no shard', 'unknown-collection', (world: World) => world.call(Database, 'things').Get({ key: 'a' })],
    ['a document too large', 'too-large', (world: World) => things(world).put('a', { name: 'x'.repeat(300_000) })],
    [
      'a batch of which one is refused',
      'not-found',
      (world: World) =>
        things(world).batch([
          { kind: 'put', key: 'a', document: { name: 'x' } },
          { kind: 'patch', key: keyBeside('a'), patch: {} },
        ]),
    ],
  ])('with %s are refused, and nothing stays of them', async (_, code, act) => {
    const world = simulate(processes)
    await things(world).put('a', { name: 'a' })
    await expect(act(world)).rejects.toMatchObject({ name: 'CallFailed', code })
    expect(await things(world).get('a')).toMatchObject({ document: { name: 'a' } })
    expect([await things(world).count(), world.failed(), disagreements(world)]).toEqual([1, [], []])
  })
})

describe('an index that was added', () => {
  const growing = () => {
    const indexes: { [name: string]: Index } = { rank: { kind: 'value', path: 'rank' } }
    const grown = { things: { ...collections.things, indexes } }
    return {
      world: simulate([databaseOf({ collections: grown })]),
      client: (world: World) => openCollection(world, grown, 'things'),
      indexes,
      grown,
    }
  }

  test('is refused until it is built, while writes go on', async () => {
    const { world, client, indexes, grown } = growing()
    const things = client(world)
    await things.batch(
      Array.from({ length: 260 }, (_, n) => ({ kind: 'put', key: `k${n}`, document: { name: `lamp ${n}`, rank: n } })),
    )
    indexes.words = { kind: 'words', path: 'name' }
    indexes.rank = { kind: 'value', path: 'name' }
    await things.put('k7', { name: 'teapot', rank: 7 })
    await expect(things.query({ index: 'words', matches: 'lamp' })).rejects.toMatchObject({ code: 'index-not-built' })
    await expect(things.count({ index: 'rank' })).rejects.toMatchObject({ code: 'index-not-built' })
    expect((await things.query({ prefix: 'k7' })).documents.length).toBeGreaterThan(0)

    await things.reindex()
    await world.advance(300)
    await things.delete('k8')
    await things.put('k9', { name: 'teapot', rank: 9 })
    await world.run()
    expect([
      await things.count({ index: 'words', matches: 'lamp' }),
      await things.count({ index: 'words', matches: 'teapot' }),
    ]).toEqual([257, 2])
    expect((await things.query({ index: 'rank', from: 'lamp 1', limit: 2 })).documents.map(({ key }) => key)).toEqual([
      'k1',
      'k10',
    ])
    const database = world.instances(databaseOf({ collections: grown }))
    for (const [instance, state] of database)
      expect(auditShard(instance, { name: 'things', collection: grown.things }, state, rowsOf(world, instance))).toEqual([])
    expect([world.check(), world.failed()]).toEqual([[], []])
  })

  test('and was there before, in other documents, lacks those that came since', async () => {
    const { world, client, indexes } = growing()
    const things = client(world)
    await things.put('a', { name: 'a', rank: 1 })
    delete indexes.rank
    await things.put('c', { name: 'c', rank: 2 })
    await things.put('a', { name: 'b', rank: 1 })
    indexes.rank = { kind: 'value', path: 'rank' }
    await expect(things.count({ index: 'rank' })).rejects.toMatchObject({ code: 'index-not-built' })
    await things.reindex()
    await world.run()
    expect(await things.count({ index: 'rank' })).toBe(2)
  })

  test('that changes again meanwhile is built as it is then', async () => {
    const { world, client, indexes } = growing()
    const things = client(world)
    await things.batch(
      Array.from({ length: 260 }, (_, n) => ({ kind: 'put', key: `k${n}`, document: { name: `lamp ${n}`, rank: n } })),
    )
    indexes.words = { kind: 'words', path: 'rank' }
    await things.reindex()
    await world.advance(200)
    indexes.words = { kind: 'words', path: 'name' }
    await world.run()
    expect(await things.count({ index: 'words', matches: 'lamp' })).toBe(260)
  })
})

test('a shard of the layout as it is deployed is not dropped', async () => {
  const world = simulate(processes)
  await things(world).put('a', { name: 'a' })
  world.send(Database, shardFor('a')).Drop({})
  await world.run()
  expect(world.failed()).toMatchObject([{ reason: expect.stringMatching(/in-use/) }])
  expect(await things(world).count()).toBe(1)
})

test('the audit finds a document, an entry or a change that is not as the others say', async () => {
  const world = simulate(processes)
  await things(world).put('a', { name: 'red lamp', rank: 1 })
  await world.run()
  const [instance, told] = [shardFor('a'), world.instances(mirror).get('all')?.told ?? []]
  const state = world.instances(database).get(instance) ?? { documents: 0, changes: 0 }
  const violations = (rows: ReadonlyMap<string, unknown>, heard = told, counted = state) =>
    violationsOf({ shards: new Map([[instance, counted]]), rows: (id) => (id === instance ? rows : new Map()), told: heard })
      .length
  const rows = new Map<string, unknown>(rowsOf(world, instance))
  const without = (key: string) => new Map([...rows].filter(([one]) => one !== key))
  expect(violations(rows)).toBe(0)
  const tampered = [
    ...[...rows.keys()].map((key) => violations(without(key))),
    violations(new Map([...rows, ['index/rank/4x\u0001a', {}]])),
    violations(new Map([...rows, ['document/a', { version: state.changes, document: { name: 'blue lamp', rank: 1 } }]])),
    violations(rows, []),
    violations(rows, [...told, ...told]),
    violations(rows, told, { ...state, documents: 2 }),
    violations(rows, told, { ...state, changes: state.changes + 1 }),
  ]
  expect(tampered.filter((found) => found === 0)).toEqual([])
})

const rowsOf = (world: World, instance: string) => world.rows(database, instance) as ReadonlyMap<string, Row>

/** Another key of the same shard. */
const keyBeside = (key: string): string =>
  ['p', 'q', 'r', 's', 't', 'u', 'v'].find((one) => shardFor(one) === shardFor(key)) ?? ''
