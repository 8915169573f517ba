import { expect, test } from '@jest/globals'
import * as v from 'valibot'
import { Database } from '../../../functions/database/contract.ts'
import { contract, defineProcess, outcomeOf } from '../../../lib/index.ts'
import { simulate } from '../../../lib/sim/index.ts'
import { database, mirror, things } from './mirror.ts'

const Asker = contract('asker', { messages: { Look: v.strictObject({ index: v.string() }) } })
const asker = defineProcess(Asker, {
  state: v.strictObject({ heard: v.array(v.string()) }),
  uses: [Database],
  internal: { Found: outcomeOf(Database, 'Query') },
}).handle({
  initial: () => ({ heard: [] }),
  on: {
    Look(ctx, { index }) {
      for (const shard of ['things/0-of-2', 'things/1-of-2'])
        ctx.request(Database, shard).Query({ index, from: 1, limit: 2 }, { outcome: 'Found' })
    },
    Found({ state }, outcome) {
      const said = outcome.ok ? outcome.reply.documents.map(({ key }) => key).join() : outcome.code
      state.heard.push(said)
    },
  },
})

test('a query on the queue is answered on the queue, shard by shard, and so is its refusal', async () => {
  const world = simulate([database, mirror, asker])
  await things(world).batch(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((key, rank) => ({ kind: 'put', key, document: { name: key, rank } })),
  )
  world.send(Asker, 'ann').Look({ index: 'rank' })
  world.send(Asker, 'bob').Look({ index: 'colour' })
  await world.run()
  expect(world.instances(asker).get('ann')?.heard.toSorted()).toEqual(['b,f', 'c,d'])
  expect(world.instances(asker).get('bob')?.heard).toEqual(['unknown-index', 'unknown-index'])
  expect([world.check(), world.failed()]).toEqual([[], []])
})
