// Wakes of drains: what sets a stash going may be lost, and it is drained all the same.
import { expect, test } from '@jest/globals'
import { wakeReceivesMax } from '../../lib/core/limits.ts'
import { sentTo } from './asking.ts'
import {
  again,
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  isCommit,
  keyed,
  type MemoryHost,
  memoryHost,
} from './memory-host.ts'
import { counter, environment, standing, stateOf } from './processes.ts'

let broken = true
const fragile = (timers: boolean) =>
  counter(
    (_, { by }) => {
      if (by === 13 && broken) throw new Error('unlucky')
    },
    { attempts: 1, timers },
  )
const add = (by: number, id: string) => delivery(envelope({ body: { by }, id }))
const redrive = () => delivery(keyed('operator', { type: '~redrive', body: { id: 'shop/9/13/0' } }))

/** An instance that stands still, with one more behind. */
const parked = async (host: MemoryHost, timers: boolean): Promise<void> => {
  broken = true
  await deliver(environment(host, fragile(timers)), host, [add(13, 'shop/9/13/0'), add(2, 'shop/9/14/0')])
  broken = false
}
const wakes = (host: MemoryHost, role: 'timer' | 'mailbox' = 'timer') =>
  sentTo(host, role, 'counter').filter(({ type }) => type === '~wake')

test.each([
  ['timer', true],
  ['mailbox', false],
] as const)('a redrive that is lost behind its commit is gone on with by a wake on the %s queue', async (role, timers) => {
  const host = memoryHost()
  await parked(host, timers)
  let commits = 0
  host.hooks.put = (item) => (isCommit(item) && ++commits === 2 ? died() : undefined)
  await deliverAndDie(environment(host, fragile(timers)), host, [redrive()])
  host.hooks.put = undefined
  expect(standing(host)).toMatchObject({ parked: undefined, stash: { first: 0, next: 2 } })
  const [wake] = wakes(host, role)
  expect(await deliver(environment(host, fragile(timers)), host, [delivery(wake as never)])).toEqual([])
  expect(stateOf(host)).toEqual({ count: 15 })
})

test('a wake that comes before its commit waits for it', async () => {
  const host = memoryHost()
  await parked(host, true)
  host.hooks.put = (item) => (isCommit(item) ? died() : undefined)
  await deliverAndDie(environment(host, fragile(true)), host, [redrive()])
  host.hooks.put = undefined
  const wake = delivery(wakes(host)[0] as never)
  expect(await deliver(environment(host, fragile(true)), host, [wake])).toEqual([wake])
})

test('a redrive whose wake cannot be sent is returned, and nothing is committed', async () => {
  const host = memoryHost()
  await parked(host, true)
  host.hooks.send = (entries, { role }) => (role === 'timer' ? { failed: entries } : undefined)
  const one = redrive()
  expect(await deliver(environment(host, fragile(true)), host, [one])).toEqual([one])
  expect(standing(host)?.parked).toMatchObject({ id: 'shop/9/13/0' })
})

test('a wake that came so often that SQS would give it up is replaced by a fresh one, while there is something to drain', async () => {
  const host = memoryHost()
  await parked(host, true)
  host.hooks.put = (item) => (isCommit(item) ? undefined : died())
  await deliverAndDie(environment(host, fragile(true)), host, [redrive()])
  host.hooks.put = undefined
  const wake = delivery(wakes(host)[0] as never)
  // The table brings nothing of the stash: the drain comes no further.
  const stuck: MemoryHost = {
    ...host,
    store: {
      ...host.store,
      range: () => {
        throw new Error('the table is away')
      },
    },
  }
  const worn = again(wake, wakeReceivesMax)
  const early = again(wake, wakeReceivesMax - 1)
  expect(await deliver(environment(stuck, fragile(true)), stuck, [early])).toEqual([early])
  expect(wakes(host)).toHaveLength(1)
  expect(await deliver(environment(stuck, fragile(true)), stuck, [worn])).toEqual([])
  const fresh = wakes(host)
  expect(new Set(fresh.map(({ id }) => id)).size).toBe(2)
  await deliver(environment(host, fragile(true)), host, [delivery(fresh[1] as never)])
  expect(stateOf(host)).toEqual({ count: 15 })
  expect(await deliver(environment(host, fragile(true)), host, [again(delivery(fresh[1] as never), wakeReceivesMax)])).toEqual([])
  expect(wakes(host)).toHaveLength(2)
})
