// What a handler is given: the same on every try, closed at its end, and refused where it leaves what is not allowed.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { type Contract, contract, defineProcess } from '../../lib/index.ts'
import { again, deliver, delivery, envelope, isCommit, keyed, memoryHost, onCalls, passing } from './memory-host.ts'
import {
  type Add,
  type CounterContext,
  counter,
  deadLetters,
  environment,
  keptReasons,
  Ledger,
  mailed,
  stateOf,
} from './processes.ts'

const drawn = (ctx: CounterContext) => [
  ctx.now.getTime(),
  ctx.random(),
  ctx.newId(),
  ctx.random(),
  ctx.newId(),
  ctx.idempotencyKey('charge'),
]

describe('what a context derives', () => {
  /** What two tries of each message draw: the first one's commit is lost. */
  const triesOf = async (...messages: readonly ReturnType<typeof envelope>[]) => {
    const tries: (readonly unknown[])[] = []
    for (const message of messages) {
      const host = memoryHost()
      const runtime = environment(
        host,
        counter((ctx) => void tries.push(drawn(ctx))),
      )
      host.hooks.put = onCalls(isCommit, passing)
      const one = delivery(message)
      await deliver(runtime, host, [one])
      host.advance(60_000)
      await deliver(runtime, host, [again(one)])
    }
    return tries
  }

  test('is the same on a second run', async () => {
    const [first, second] = await triesOf(envelope())
    expect(second).toEqual(first)
  })

  test('differs between messages, and between receivers of the same key', async () => {
    const [first, , second, , third] = await triesOf(keyed('click'), keyed('clack'), keyed('click', { to: '43' }))
    for (const n of [1, 2, 3, 4, 5]) expect(new Set([first?.[n], second?.[n], third?.[n]]).size).toBe(3)
  })

  test('differs between two draws', async () => {
    const [[, random, id, randomAgain, idAgain] = []] = await triesOf(envelope())
    expect(random).not.toBe(randomAgain)
    expect(id).not.toBe(idAgain)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('is now: when the message was sent', async () => {
    const [first] = await triesOf(envelope({ at: 1_767_000_000_000 }))
    expect(first?.[0]).toBe(1_767_000_000_000)
  })
})

describe('a context', () => {
  test('used after the handler’s end throws, and sends nothing', async () => {
    const host = memoryHost()
    const leaked: CounterContext[] = []
    await deliver(
      environment(
        host,
        counter((ctx) => void leaked.push(ctx)),
      ),
      host,
      [delivery(envelope())],
    )
    const ctx = leaked[0] as CounterContext
    expect(() => ctx.send(Ledger, 'x').Add({})).toThrow(/context-closed.*await what you begin/)
    expect(() => ctx.end()).toThrow(/context-closed/)
    ctx.state.count = 99
    await deliver(environment(host), host, [delivery(envelope())])
    expect([stateOf(host), mailed(host)]).toEqual([{ count: 2 }, []])
  })

  test('sends a copy: what the handler changes afterwards does not travel', async () => {
    const host = memoryHost()
    const add: Add = (ctx) => {
      const body = { by: 1 }
      ctx.send(Ledger, 'x').Add(body)
      body.by = 2
    }
    await deliver(environment(host, counter(add)), host, [delivery(envelope())])
    expect(JSON.parse(mailed(host)[0]?.body ?? '').body).toEqual({ by: 1 })
  })

  test('refuses a body that its receiver would refuse, and an instance that cannot be', async () => {
    const refusals: readonly Add[] = [
      (ctx) => ctx.send(Ledger, 'x').Add({ by: 'two' as never }),
      (ctx) => ctx.send(Ledger, 'two words').Add({}),
      (ctx) => ctx.send(Ledger, '~malformed').Add({}),
      (ctx) => {
        ctx.state.count = 'many' as never
      },
    ]
    for (const add of refusals) {
      const host = memoryHost()
      await deliver(environment(host, counter(add)), host, [delivery(envelope())])
      expect([keptReasons(host), mailed(host)]).toEqual([['rejected'], []])
    }
  })

  test('refuses to send to a process that is not in uses', async () => {
    const host = memoryHost()
    const Stranger = contract('stranger', { messages: { Add: z.object({}) } }) as Contract as typeof Ledger
    const add: Add = (ctx) => ctx.send(Stranger, 'x').Add({})
    await deliver(
      environment(
        host,
        counter((ctx, body) => add(ctx, body)),
      ),
      host,
      [delivery(envelope())],
    )
    expect(mailed(host)).toEqual([])
    expect(keptReasons(host)).toEqual(['rejected'])
  })

  test('reads what another instance published, and nothing of one that never did', async () => {
    const host = memoryHost()
    host.views.published.set('ledger/x', '{"sum":7}')
    const read: unknown[] = []
    const process = counter(async (ctx) => void read.push(await ctx.read(Ledger, 'x'), await ctx.read(Ledger, 'y')))
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(read).toEqual([{ sum: 7 }, undefined])
  })

  test('what a failed try did to its body is gone at the next', async () => {
    const host = memoryHost()
    const Cart = contract('cart', { messages: { Put: z.object({ items: z.any() }) } })
    const seen: unknown[] = []
    const cart = defineProcess(Cart, { state: z.object({}) }).handle({
      initial: () => ({}),
      on: {
        Put: (_, { items }) => {
          seen.push([...items])
          items.push('more')
          throw new Error('unlucky')
        },
      },
    })
    const runtime = environment(host, cart)
    const one = delivery(envelope({ type: 'Put', body: { items: ['one'] } }))
    for (let n = 1; n <= 5; n++) await deliver(runtime, host, [again(one, n)])
    expect(seen).toEqual(seen.map(() => ['one']))
    expect(JSON.parse(deadLetters(host)[0]?.body ?? '').body).toEqual({ items: ['one'] })
  })

  test('what a failed try did to a shared initial state is gone at the next', async () => {
    const host = memoryHost()
    const shared = { seen: [] as string[] }
    const Box = contract('box', { messages: { Put: z.object({}) } })
    const box = defineProcess(Box, { state: z.object({ seen: z.any() }) }).handle({
      initial: () => shared,
      on: { Put: ({ state, self }) => void state.seen.push(self.id) },
    })
    const runtime = environment(host, box)
    for (const to of ['a', 'b']) await deliver(runtime, host, [delivery(envelope({ to, type: 'Put' }))])
    expect(stateOf(host, 'b')).toEqual({ seen: ['b'] })
  })
})

describe('messages to itself', () => {
  const ticking = counter((ctx) => ctx.sendSelf().Tick())

  test('an internal message that the instance sent is handled', async () => {
    const host = memoryHost()
    const runtime = environment(host, ticking)
    await deliver(runtime, host, [delivery(envelope())])
    await deliver(runtime, host, [delivery(mailed(host)[0]?.body ?? '')])
    expect(stateOf(host)).toEqual({ count: 1001 })
  })

  test('an internal message that the instance did not send is set aside', async () => {
    const host = memoryHost()
    const runtime = environment(host, ticking)
    await deliver(runtime, host, [delivery(envelope())])
    const { id } = JSON.parse(mailed(host)[0]?.body ?? '') as { readonly id: string }
    const forged = [
      envelope({ type: 'Tick', from: 'counter/42' }),
      envelope({ type: 'Tick', from: 'counter/43' }),
      keyed('x', { type: 'Tick' }),
      envelope({ id, type: 'Tick', from: 'shop/1' }),
    ]
    for (const one of forged.slice(0, 3)) expect(await deliver(runtime, host, [delivery(one)])).toEqual([])
    expect(keptReasons(host)).toEqual(['not-asked', 'not-asked', 'not-asked'])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('an internal message is handled once, however often it comes and however late', async () => {
    const host = memoryHost()
    const runtime = environment(host, ticking)
    await deliver(runtime, host, [delivery(envelope())])
    const tick = delivery(mailed(host)[0]?.body ?? '')
    await deliver(runtime, host, [tick])
    const add = () => envelope({ at: host.clock.now() + 10 })
    for (let n = 0; n < 100; n++) await deliver(runtime, host, [delivery(add())])
    await deliver(environment(host, ticking), host, [again(tick)])
    expect(stateOf(host)).toEqual({ count: 1101 })
    expect(keptReasons(host)).toEqual([])
  })

  test('as many as one may have under way, in one batch, and no more', async () => {
    const host = memoryHost()
    const process = counter(
      (ctx) => {
        const self = ctx.sendSelf()
        for (let n = 0; n < 900; n++) self.Tick()
      },
      { onFailure: 'setAside' },
    )
    await deliver(
      environment(host, process),
      host,
      Array.from({ length: 4 }, () => delivery(envelope())),
    )
    expect(keptReasons(host)).toEqual(['rejected', 'rejected'])
    expect(stateOf(host)).toEqual({ count: 2 })
  })

  test('what goes to others does not count as under way to itself', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      for (let n = 0; n < 2500; n++) ctx.send(Ledger, 'x').Add({})
      ctx.sendSelf().Tick()
    })
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(keptReasons(host)).toEqual([])
  })
})
