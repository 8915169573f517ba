// Rates: what is over them comes again later, in its order, and costs no try.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, type Limit, type Process } from '../../lib/index.ts'
import type { Item } from '../../lib/ports/store.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import {
  again,
  deliver,
  delivery,
  envelope,
  isCommit,
  keyed,
  type MemoryHost,
  memoryHost,
  onCalls,
  passing,
} from './memory-host.ts'
import { attemptsOf, stateOf } from './processes.ts'

const Gate = contract('gate', {
  messages: { Pass: z.object({ customer: z.string().optional(), fail: z.boolean().optional() }), Go: z.object({}) },
  calls: { Ask: { request: z.object({}), reply: z.object({ count: z.int() }) } },
})
const gate = (limit: Limit<'customer'>, mailbox: 'ordered' | 'unordered' = 'ordered'): Process =>
  defineProcess(Gate, {
    state: z.object({ count: z.int(), attempts: z.array(z.int()) }),
    internal: { Inner: z.object({}) },
    limit,
    deploy: { mailbox },
  }).handle({
    initial: () => ({ count: 0, attempts: [] }),
    on: {
      Pass: (ctx, { fail }) => {
        if (fail === true) throw new Error('as told')
        ctx.state.count += 1
        ctx.state.attempts.push(ctx.attempt)
      },
      Go: (ctx) => {
        for (let n = 0; n < 5; n += 1) ctx.sendSelf().Inner()
      },
      Inner: (ctx) => {
        ctx.state.count += 100
      },
    },
    answer: {
      Ask: (ctx) => {
        ctx.state.count += 1
        return { count: ctx.state.count }
      },
    },
  })

const opened = (...given: Parameters<typeof gate>) => {
  const host = memoryHost()
  return { host, runtime: createRuntime(gate(...given), host) }
}
const pass = (to = '42', body: object = {}) => delivery(envelope({ to, type: 'Pass', body }))
const passes = (count: number, to?: string, body?: object) => Array.from({ length: count }, () => pass(to, body))
const hiddenSeconds = (host: MemoryHost): readonly number[] => host.hidden.map(({ seconds }) => seconds)
const count = (host: MemoryHost, instance = '42'): number => stateOf(host, instance)?.count ?? 0

describe('the rate of each instance', () => {
  const three = { per: 'instance', rate: '3/3s' } as const

  test('lets through as many as it names, and returns the rest in order until there is a token', async () => {
    const { host, runtime } = opened(three)
    const batch = passes(5)
    expect(await deliver(runtime, host, batch)).toEqual(batch.slice(3))
    expect(count(host)).toBe(3)
    expect(hiddenSeconds(host)).toEqual([1, 1])
    host.advance(1000)
    expect(
      await deliver(
        runtime,
        host,
        batch.slice(3).map((one) => again(one)),
      ),
    ).toEqual([again(batch[4] as never)])
    expect(count(host)).toBe(4)
  })

  test('is known to a fresh environment: what was spent is in the record', async () => {
    const host = memoryHost()
    await deliver(createRuntime(gate(three), host), host, passes(3))
    expect(await deliver(createRuntime(gate(three), host), host, passes(1))).toHaveLength(1)
    expect(await deliver(createRuntime(gate(three), host), host, [pass('43')])).toEqual([])
  })

  test('outlives the end of the instance and a state that is gone', async () => {
    const host = memoryHost()
    const one = passes(3)
    await deliver(createRuntime(gate(three), host), host, one)
    const item = host.items.get('42 record')
    expect(item?.attributes.paid).toBeGreaterThan(0)
  })

  test('costs no call of AWS: a message within it is one read and one write, one over it a read', async () => {
    const { host, runtime } = opened(three)
    await deliver(runtime, host, passes(3))
    expect(host.calls).toMatchObject({ reads: 1, writes: 1 })
    await deliver(runtime, host, passes(1))
    expect(host.calls).toMatchObject({ reads: 1, writes: 1 })
  })

  test('is spent by a try that fails, and no try is counted of a message that had none', async () => {
    const { host, runtime } = opened({ per: 'instance', rate: '1/10s' })
    const bad = pass('42', { fail: true })
    await deliver(runtime, host, [bad])
    expect(attemptsOf(host)).toEqual([1])
    for (let n = 2; n < 12; n += 1) {
      host.advance(500)
      expect(await deliver(runtime, host, [again(bad, n)])).toHaveLength(1)
    }
    expect(attemptsOf(host)).toEqual([1])
  })

  test('however often a message was delayed, its first try is its first', async () => {
    const { host, runtime } = opened({ per: 'instance', rate: '1/1m' })
    const second = pass()
    await deliver(runtime, host, [pass(), second])
    for (let n = 2; n < 30; n += 1) await deliver(runtime, host, [again(second, n)])
    host.advance(60_000)
    expect(await deliver(runtime, host, [again(second, 30)])).toEqual([])
    expect(JSON.parse(String(host.items.get('42 record')?.attributes.state))).toEqual({ count: 2, attempts: [1, 1] })
  })

  test('comes more rarely once it came 300 times: SQS gives up after 1,000 receives', async () => {
    const { host, runtime } = opened({ per: 'instance', rate: '1/1m' })
    const second = pass()
    await deliver(runtime, host, [pass(), second])
    await deliver(runtime, host, [again(second, 301)])
    expect(hiddenSeconds(host)).toEqual([60, 900])
  })

  test('does not hold up what the instance sends itself', async () => {
    const { host, runtime } = opened({ per: 'instance', rate: '1/1m' })
    await deliver(runtime, host, [delivery(envelope({ type: 'Go' }))])
    const own = host.sent.map(({ entry }) => delivery(entry.body))
    expect(own).toHaveLength(1)
    expect(await deliver(runtime, host, own)).toEqual([])
    expect(count(host)).toBe(500)
  })
})

describe('a rate that instances share', () => {
  test('is that of the tenant: what its ids begin with', async () => {
    const { host, runtime } = opened({ per: 'tenant', rate: '2/1m' })
    const batch = [pass('acme/1'), pass('acme/2'), pass('acme/3'), pass('other/1')]
    expect(await deliver(runtime, host, batch)).toEqual([batch[2]])
  })

  test('may be said by a field of the body', async () => {
    const { host, runtime } = opened({ per: { body: 'customer' }, rate: '1/1m' })
    const batch = [
      pass('1', { customer: 'ada' }),
      pass('2', { customer: 'ada' }),
      pass('3', { customer: 'bob' }),
      pass('4'),
      pass('5'),
    ]
    expect(await deliver(runtime, host, batch)).toEqual([batch[1]])
  })

  test('is kept by all environments together, but for a block that one took and has not spent', async () => {
    const host = memoryHost()
    const process = gate({ per: 'process', rate: '100/1h' })
    const runtimes = Array.from({ length: 5 }, () => createRuntime(process, host))
    let through = 0
    for (let n = 0; n < 60; n += 1) {
      const batch = Array.from({ length: 10 }, (_, k) => pass(`i${n}-${k}`))
      through += 10 - (await deliver(runtimes[n % 5] as never, host, batch)).length
    }
    expect(through).toBe(100)
    host.advance(360_000)
    const later = await deliver(
      createRuntime(process, host),
      host,
      Array.from({ length: 20 }, (_, k) => pass(`late-${k}`)),
    )
    expect(later).toHaveLength(10)
  })

  test('costs a write for a tenth of its burst', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1000/1s' })
    await deliver(runtime, host, passes(200))
    expect(host.items.get('~limit/ limit')?.attributes.version).toBe(2)
  })

  test('costs no call while it is used up', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/1h' })
    await deliver(runtime, host, passes(2))
    const before = { ...host.calls }
    await deliver(runtime, host, passes(5))
    expect(host.calls).toEqual({ ...before, hides: before.hides + 1 })
  })

  test('asks those who wait to come again one after the other', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/10s' }, 'unordered')
    await deliver(runtime, host, passes(4))
    expect(hiddenSeconds(host)).toEqual([10, 20, 30])
  })

  test('lets who came in vain come more rarely, within half a minute', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/10s' }, 'unordered')
    const [, late] = [await deliver(runtime, host, passes(1)), pass()]
    for (const n of [1, 2, 4, 9]) await deliver(runtime, host, [again(late, n)])
    expect(hiddenSeconds(host)).toEqual([10, 20 + 3, 30 + 12, 40 + 30])
  })

  test('is not spent again by a message whose commit was lost', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/1h' })
    const other = createRuntime(gate({ per: 'instance', rate: '99/1s' }), host)
    host.hooks.put = async (item) => {
      if (!isCommit(item)) return
      host.hooks.put = undefined
      await other.receive({ deliveries: [pass()], deadline: host.clock.now() + 30_000 })
    }
    expect(await deliver(runtime, host, passes(1))).toEqual([])
    expect(count(host)).toBe(2)
  })

  test('is given to one of two who take the same block', async () => {
    const host = memoryHost()
    const process = gate({ per: 'process', rate: '1/1h' })
    const [one, two] = [createRuntime(process, host), createRuntime(process, host)]
    const back = await Promise.all([deliver(one, host, [pass('1')]), deliver(two, host, [pass('2')])])
    expect(back.flat()).toHaveLength(1)
  })

  test('counts a block whose write came through although its answer was lost, and gives it to nobody', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/1h' })
    host.hooks.put = onCalls(
      (item: Item) => item.sk === 'limit',
      () => 'answer-lost',
    )
    const one = pass()
    expect(await deliver(runtime, host, [one])).toEqual([one])
    expect(await deliver(runtime, host, [again(one)])).toHaveLength(1)
    expect(count(host)).toBe(0)
  })

  test('burns no try where its item cannot be read', async () => {
    const { host, runtime } = opened({ per: 'process', rate: '1/1h' })
    host.hooks.get = onCalls((_: string, sk: string) => sk === 'limit', passing, 9)
    const one = pass()
    for (let n = 1; n < 9; n += 1) expect(await deliver(runtime, host, [again(one, n)])).toHaveLength(1)
    expect(attemptsOf(host)).toEqual([])
  })
})

describe('a direct call over the rate', () => {
  test('is refused with the code limited, and may be asked again under its key', async () => {
    const { host, runtime } = opened({ per: 'instance', rate: '1/10s' })
    const call = (key: string) =>
      runtime.call({ envelope: JSON.stringify(keyed(key, { type: 'Ask' })), deadline: host.clock.now() + 30_000 })
    expect(await call('one')).toEqual({ ok: true, reply: { count: 1 } })
    expect(await call('two')).toMatchObject({ ok: false, code: 'limited', message: expect.stringContaining('10 s') })
    expect(await call('one')).toEqual({ ok: true, reply: { count: 1 } })
    host.advance(10_000)
    expect(await call('two')).toEqual({ ok: true, reply: { count: 2 } })
  })
})

test('what is delayed is counted as Limited', async () => {
  const host = memoryHost()
  const counted: string[] = []
  host.meter.add = (metric) => void counted.push(metric)
  await deliver(createRuntime(gate({ per: 'instance', rate: '1/1m' }), host), host, passes(2))
  expect(counted.filter((metric) => metric === 'Limited')).toHaveLength(1)
})
