// What the compiler infers of timers, queued and direct calls and flows.
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { connect } from '../../../lib/aws/index.ts'
import { CallFailed, contract, defineProcess, type FlowContextOf, flow, outcomeOf } from '../../../lib/index.ts'

const Payment = contract('payment', {
  messages: { Void: z.object({ order: z.string() }) },
  calls: {
    Balance: { request: z.object({}), reply: z.object({ cents: z.int() }) },
    Hold: {
      request: z.object({ order: z.string(), cents: z.int() }),
      reply: z.object({ until: z.iso.datetime().transform((text) => new Date(text)) }),
    },
  },
})
const Trip = contract('trip', {
  messages: { Book: z.object({ cents: z.int() }), Approve: z.object({ by: z.string() }), Refuse: z.object({}) },
  calls: { Total: { request: z.object({}), reply: z.object({ cents: z.int() }) } },
  view: z.object({ cents: z.int() }),
})

const definition = defineProcess(Payment, {
  state: z.object({ cents: z.int() }),
  uses: [Trip],
  internal: { Expire: z.object({ order: z.string() }), Totalled: outcomeOf(Trip, 'Total'), Held: outcomeOf(Payment, 'Hold') },
})
export const payment = definition.handle({
  initial: () => ({ cents: 0 }),
  on: {
    Void(ctx, { order }) {
      ctx.after('15m').Expire({ order })
      ctx.after(500, { name: `expire ${order}` }).Expire({ order })
      ctx.at(new Date(ctx.now.getTime() + 1000)).Void({ order })
      ctx.every('1 day').Expire({ order })
      ctx.cancel('Expire')
      ctx.cancel(`expire ${order}`)
      ctx.request(Trip, order).Total({}, { outcome: 'Totalled', within: '2h' })
      ctx.request(Payment, 'other').Hold({ order, cents: 1 }, { outcome: 'Held' })
    },
    Expire() {},
    Totalled(_ctx, outcome) {
      if (outcome.ok) expectTypeOf(outcome.reply).toEqualTypeOf<{ cents: number }>()
      else expectTypeOf(outcome.code).toBeString()
    },
    Held(_ctx, outcome) {
      // As parsed, not as it travelled.
      if (outcome.ok) expectTypeOf(outcome.reply.until).toEqualTypeOf<Date>()
    },
  },
  answer: {
    Balance: ({ state }) => ({ cents: state.cents }),
    Hold(ctx, { order, cents }) {
      expectTypeOf({ order, cents }).toEqualTypeOf<{ order: string; cents: number }>()
      if (cents > ctx.state.cents) throw new CallFailed('declined', 'too much')
      return { until: ctx.now.toISOString() }
    },
  },
})

const trip = defineProcess(Trip, {
  state: z.object({ log: z.array(z.string()) }),
  uses: [Payment],
  internal: { Inner: z.object({}) },
})

/** Part of a flow that lives in a function of its own names its context. */
const hold = async (ctx: FlowContextOf<typeof trip>, cents: number): Promise<Date> => {
  const { until } = await ctx.call(Payment, 'p').Hold({ order: ctx.self.id, cents }, { within: '1m' })
  return until
}

export const tripProcess = trip.handle({
  initial: () => ({ log: [] }),
  view: ({ log }) => ({ cents: log.length }),
  on: {
    Book: flow(async (ctx, body) => {
      expectTypeOf(body).toEqualTypeOf<{ cents: number }>()
      expectTypeOf(await hold(ctx, body.cents)).toEqualTypeOf<Date>()
      const { cents } = await ctx.call(Payment, 'p').Balance()
      expectTypeOf(await ctx.step('book', async (key) => ({ key, cents }))).toEqualTypeOf<{ key: string; cents: number }>()
      expectTypeOf(await ctx.update((state) => state.log.push('booked'))).toBeNumber()
      expectTypeOf(await ctx.receive('Approve', { within: '2 days' })).toEqualTypeOf<{ by: string }>()
      const first = await ctx.race({ approve: ctx.receive('Approve'), late: ctx.sleep('1h') })
      if (first.won === 'approve') expectTypeOf(first.value).toEqualTypeOf<{ by: string }>()
      else expectTypeOf(first.won).toEqualTypeOf<'late'>()
      const both = await ctx.all([ctx.receive('Refuse'), ctx.call(Trip, 'other').Total()])
      expectTypeOf(both).toEqualTypeOf<[Record<string, never>, { cents: number }]>()
      ctx.compensate(() => ctx.send(Payment, 'p').Void({ order: ctx.self.id }))
      expectTypeOf(await ctx.read(Trip, 'other')).toEqualTypeOf<{ cents: number } | undefined>()
      ctx.end()
    }),
    Approve: flow.receives,
    Refuse: flow.receivesOr((ctx) => void ctx.state.log.push('refused')),
    Inner() {},
  },
  answer: { Total: flow(async (ctx) => ({ cents: await ctx.update(({ log }) => log.length) })) },
})

export const ask = async (): Promise<void> => {
  const client = connect({ uses: [Payment, Trip] })
  expectTypeOf(await client.call(Payment, 'p').Balance()).toEqualTypeOf<{ cents: number }>()
  const { until } = await client.call(Payment, 'p').Hold({ order: '1', cents: 1 }, { key: 'click-1', timeout: '5s' })
  expectTypeOf(until).toEqualTypeOf<Date>()
  await client.cancel(Trip, '1', { flow: 'Book' })
  await client.close()
}
