// What the compiler infers without annotations, with zod.
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { type ContextOf, contract, defineProcess, evolving, type ViewOf } from '../../../lib/index.ts'

const Order = contract('order', {
  messages: {
    Place: z.object({ cents: z.int() }),
    Charged: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
    Cancel: z.object({}),
  },
  view: z.object({ status: z.enum(['new', 'paid']) }),
})
const Payment = contract('payment', { messages: { Charge: z.object({ orderId: z.string(), cents: z.int().positive() }) } })

expectTypeOf(Order.name).toEqualTypeOf<'order'>()
expectTypeOf<ViewOf<typeof Order>>().toEqualTypeOf<{ status: 'new' | 'paid' }>()
expectTypeOf<ViewOf<typeof Payment>>().toBeNever()

const definition = defineProcess(Order, {
  state: z.object({ status: z.enum(['new', 'paid']), paidAt: z.string().optional() }),
  uses: [Payment],
  internal: { Expire: z.object({ reason: z.string() }) },
})

export const order = definition.handle({
  initial: (id) => {
    expectTypeOf(id).toBeString()
    return { status: 'new' }
  },
  view: (state) => ({ status: state.status }),
  on: {
    Place(ctx, body) {
      expectTypeOf(body).toEqualTypeOf<{ cents: number }>()
      expectTypeOf(ctx.state).toEqualTypeOf<{ status: 'new' | 'paid'; paidAt?: string | undefined }>()
      expectTypeOf(ctx.self).toEqualTypeOf<{ readonly process: 'order'; readonly id: string }>()
      ctx.state = { status: 'paid' }
      ctx.send(Payment, ctx.newId()).Charge({ orderId: ctx.self.id, cents: body.cents })
      ctx.send(Order, 'another').Cancel()
      ctx.sendSelf().Expire({ reason: 'late' })
    },
    Charged(_ctx, { at }) {
      // The body as parsed; what travels is the schema's input, a string.
      expectTypeOf(at).toEqualTypeOf<Date>()
    },
    async Cancel(ctx) {
      expectTypeOf(await ctx.read(Order, 'another')).toEqualTypeOf<{ status: 'new' | 'paid' } | undefined>()
      ctx.end()
    },
    Expire(ctx, { reason }) {
      ctx.log(reason, { status: ctx.state.status })
    },
  },
})

/** A handler in a file of its own names its context. */
export const place = (ctx: ContextOf<typeof definition>): void => {
  expectTypeOf(ctx.state.status).toEqualTypeOf<'new' | 'paid'>()
  expectTypeOf(ctx.send(Order, '1').Charged).parameters.toEqualTypeOf<[body: { at: string }]>()
}

export const payment = defineProcess(Payment, {
  state: evolving(z.object({ euros: z.number() })).to(z.object({ cents: z.int() }), (one) => {
    expectTypeOf(one).toEqualTypeOf<{ euros: number }>()
    return { cents: one.euros * 100 }
  }),
  deploy: { mailbox: 'unordered', attempts: 3 },
}).handle({
  initial: () => ({ cents: 0 }),
  on: {
    Charge(ctx, { cents }) {
      expectTypeOf(ctx.state).toEqualTypeOf<{ cents: number }>()
      ctx.state.cents += cents
    },
  },
})
