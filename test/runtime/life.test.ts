// An instance over its life: its end and what comes after, and states of other versions of the code.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { horizonMs } from '../../lib/core/limits.ts'
import { contract, defineProcess, evolving } from '../../lib/index.ts'
import { again, deliver, deliverAndDie, delivery, died, envelope, memoryHost, onCalls } from './memory-host.ts'
import { counter, environment, forwarding, keptReasons, mailed, standing, stateOf } from './processes.ts'

const end = () => envelope({ type: 'End', body: {} })

describe('an instance that has ended', () => {
  test('leaves a tombstone without state and view that still drops duplicates', async () => {
    const host = memoryHost()
    const [first, last] = [delivery(envelope()), delivery(end())]
    await deliver(environment(host), host, [first, last])
    expect(await deliver(environment(host), host, [again(first), again(last)])).toEqual([])
    expect(host.items.get('42 record')?.attributes).toMatchObject({
      version: host.clock.now() * 1000,
      expires: expect.any(Number),
    })
    expect(Object.keys(host.items.get('42 record')?.attributes ?? {})).not.toContain('view')
    expect(stateOf(host)).toBeUndefined()
  })

  test('begins anew with a later message, and its version goes on', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    await deliver(runtime, host, [delivery(envelope({ body: { by: 5 } })), delivery(end())])
    const { version } = standing(host) ?? { version: 0 }
    await deliver(runtime, host, [delivery(envelope())])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(standing(host)?.version).toBe(version + 1)
    expect(host.items.get('42 record')?.attributes).not.toHaveProperty('expires')
  })

  test('ends and begins anew within one batch', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [delivery(envelope({ body: { by: 5 } })), delivery(end()), delivery(envelope())])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('still sends what its last commit left', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      forwarding(ctx)
      ctx.end()
    })
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, process), host, [delivery(envelope())])
    await deliver(environment(host), host, [delivery(end())])
    expect(mailed(host)).toHaveLength(1)
  })

  test('whose tombstone has expired begins at a version that was never used', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [delivery(envelope()), delivery(end())])
    const { version } = standing(host) ?? { version: 0 }
    host.advance(2 * horizonMs + 1000)
    await deliver(environment(host), host, [delivery(envelope({ at: host.clock.now() }))])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(standing(host)?.version).toBeGreaterThan(version)
  })
})

describe('a state', () => {
  const Thing = contract('thing', { messages: { Touch: z.object({}) } })
  const one = z.object({ cents: z.number() })
  const two = z.object({ amount: z.number(), touched: z.number() })
  const oldCode = defineProcess(Thing, { state: evolving(one) }).handle({
    initial: () => ({ cents: 100 }),
    on: {
      Touch: (ctx) => {
        ctx.state.cents += 1
      },
    },
  })
  const newCode = defineProcess(Thing, {
    state: evolving(one).to(two, ({ cents }) => ({ amount: cents / 100, touched: 0 })),
  }).handle({
    initial: () => ({ amount: 1, touched: 0 }),
    on: {
      Touch: (ctx) => {
        ctx.state.touched += 1
      },
    },
  })
  const touch = () => delivery(envelope({ type: 'Touch' }))

  test('that is older than the code is brought up to date on load', async () => {
    const host = memoryHost()
    await deliver(environment(host, oldCode), host, [touch()])
    await deliver(environment(host, newCode), host, [touch()])
    expect([stateOf(host), standing(host)?.schema]).toEqual([{ amount: 1.01, touched: 1 }, 2])
  })

  test('that is newer than the code makes its messages wait, for as long as it takes', async () => {
    const host = memoryHost()
    const old = environment(host, oldCode)
    await deliver(environment(host, newCode), host, [touch()])
    const message = touch()
    for (let n = 1; n < 12; n++) expect(await deliver(old, host, [again(message, n)])).toHaveLength(1)
    expect([keptReasons(host), standing(host)?.attempts.size]).toEqual([[], 0])
    expect(await deliver(environment(host, newCode), host, [again(message, 12)])).toEqual([])
    expect(stateOf(host)).toEqual({ amount: 1, touched: 2 })
  })

  test('that the code can no longer read makes its messages wait, and is not overwritten', async () => {
    const host = memoryHost()
    await deliver(environment(host, oldCode), host, [touch()])
    const changed = defineProcess(Thing, { state: z.object({ cents: z.string() }) }).handle({
      initial: () => ({ cents: '0' }),
      on: { Touch: () => {} },
    })
    expect(await deliver(environment(host, changed), host, [touch()])).toHaveLength(1)
    expect(host.logged.some(({ fields }) => JSON.stringify(fields).includes('deploy code that reads it'))).toBe(true)
    expect(stateOf(host)).toEqual({ cents: 101 })
  })

  test('that JSON would not give back as it was is refused before it is stored', async () => {
    const dated = defineProcess(Thing, { state: z.object({ due: z.date() }) as never as z.ZodObject<{ due: z.ZodAny }> }).handle({
      initial: () => ({ due: new Date(0) }),
      on: { Touch: () => {} },
    })
    const host = memoryHost()
    expect(await deliver(environment(host, dated), host, [touch()])).toEqual([])
    expect([stateOf(host), keptReasons(host)]).toEqual([undefined, ['rejected']])
  })
})
