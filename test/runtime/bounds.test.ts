// Bounds that no message and no handler may pass, and how many calls are under way at once.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { aheadMsMax, batchesAtOnce, hopsAtOnce } from '../../lib/core/limits.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { pooled } from '../../lib/runtime/pool.ts'
import { deliver, delivery, envelope, memoryHost } from './memory-host.ts'
import { counter, environment, keptReasons, Ledger, mailed, stateOf } from './processes.ts'

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('is refused with a reason that says what to do:', () => {
  test('a body that is nested too deeply, where it is sent', async () => {
    const Deep = contract('deep', { messages: { Put: z.object({ value: z.unknown() }) } })
    const Source = contract('source', { messages: { Add: z.object({}) } })
    const source = defineProcess(Source, { state: z.object({}), uses: [Deep] }).handle({
      initial: () => ({}),
      on: { Add: (ctx) => ctx.send(Deep, 'x').Put({ value: nested(300) }) },
    })
    const host = memoryHost()
    await deliver(environment(host, source), host, [delivery(envelope())])
    expect(keptReasons(host)).toEqual(['rejected'])
    expect(mailed(host)).toEqual([])
    expect([...host.items.values()].find(({ sk }) => sk.startsWith('failed/'))?.attributes.reason).toContain('message-too-deep')
  })

  test('a view that is too large', async () => {
    const Wide = contract('wide', { messages: { Add: z.object({}) }, view: z.object({ text: z.string() }) })
    const wide = defineProcess(Wide, { state: z.object({}) }).handle({
      initial: () => ({}),
      view: () => ({ text: 'x'.repeat(40_000) }),
      on: { Add: () => {} },
    })
    const host = memoryHost()
    await deliver(environment(host, wide), host, [delivery(envelope())])
    expect([...host.items.values()].find(({ sk }) => sk.startsWith('failed/'))?.attributes.reason).toContain('view-too-large')
  })

  test('a message that claims to be sent over a day ahead; one that is a little ahead is handled', async () => {
    const host = memoryHost()
    const now = host.clock.now()
    await deliver(environment(host), host, [
      delivery(envelope({ at: now + aheadMsMax + 1 })),
      delivery(envelope({ at: now + 60_000 })),
    ])
    expect(keptReasons(host)).toEqual(['too-new'])
    expect(stateOf(host)).toEqual({ count: 1 })
  })
})

test('a fan-out has several batches under way, and never more than its bound', async () => {
  const host = memoryHost()
  let flying = 0
  let most = 0
  host.hooks.send = async () => {
    most = Math.max(most, ++flying)
    await new Promise((resolve) => setImmediate(resolve))
    flying -= 1
  }
  const fanOut = counter((ctx) => {
    for (let n = 0; n < 300; n++) ctx.send(Ledger, `to-${n}`).Add({ by: n })
  })
  await deliver(environment(host, fanOut), host, [delivery(envelope())])
  expect(mailed(host)).toHaveLength(300)
  expect(most).toBe(batchesAtOnce)
})

test('an invocation has many instances in hand, and never more than its bound', async () => {
  const host = memoryHost()
  let flying = 0
  let most = 0
  host.hooks.get = async () => {
    most = Math.max(most, ++flying)
    await new Promise((resolve) => setImmediate(resolve))
    flying -= 1
  }
  await deliver(
    environment(host),
    host,
    Array.from({ length: 250 }, (_, n) => delivery(envelope({ to: `i${n}` }))),
  )
  expect(most).toBe(hopsAtOnce)
})

test('a pool gives results in the order of the items, and rejects with the first that fails', async () => {
  expect(await pooled([3, 1, 2], 2, async (n) => n * 10)).toEqual([30, 10, 20])
  expect(await pooled([], 2, async (n) => n)).toEqual([])
  await expect(pooled([1, 2], 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
})
