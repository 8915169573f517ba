import { expect, test } from '@jest/globals'
import type { Host } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import { exploreAll } from './exhaustive.ts'

const on =
  (change: (host: Host) => Host): CreateRuntime =>
  (process, host) =>
    createRuntime(process, change(host))

test('in worlds of two instances every order of calls, with every crash, redelivery and lost answer of the budget, keeps I1 to I8', async () => {
  const { violations, ...counts } = await exploreAll()
  process.stdout.write(`exhaustive: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
  expect(counts.states).toBeGreaterThan(10_000)
}, 300_000)

test('a runtime that acknowledges before it has sent is found out', async () => {
  const hasty = on((host) => ({
    ...host,
    mailbox: {
      ...host.mailbox,
      send: async (queue, entries) => {
        host.mailbox.send(queue, entries).catch(() => {})
        return new Map()
      },
    },
  }))
  const { violations } = await exploreAll({ createRuntime: hasty })
  expect(violations[0]?.claims.join()).toContain('I5')
}, 60_000)

test('a runtime that forgets what it has seen is found out', async () => {
  const forgetful = on((host) => ({
    ...host,
    store: {
      ...host.store,
      put: (item, condition) => {
        const { seen: _, ...attributes } = item.attributes
        return host.store.put({ ...item, attributes }, condition)
      },
    },
  }))
  const { violations } = await exploreAll({ createRuntime: forgetful })
  expect(violations[0]?.claims.join()).toContain('I2')
}, 60_000)

test('a runtime that writes without a condition is found out', async () => {
  const reckless = on((host) => ({ ...host, store: { ...host.store, put: (item) => host.store.put(item) } }))
  const { violations } = await exploreAll({ createRuntime: reckless })
  expect(violations).toHaveLength(1)
}, 60_000)

test('a runtime that holds a timer for set that nobody has is found out', async () => {
  const hollow = on((host) => ({
    ...host,
    mailbox: {
      ...host.mailbox,
      send: (queue, entries) => (queue.role === 'timer' ? Promise.resolve(new Map()) : host.mailbox.send(queue, entries)),
    },
    scheduler: { schedule: async () => {} },
  }))
  const { violations } = await exploreAll({ createRuntime: hollow, relay: 'wait' })
  expect(violations[0]?.claims.join()).toContain('I5')
}, 60_000)
