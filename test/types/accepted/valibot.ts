// As with zod, so with another schema library: whatever speaks Standard Schema.
import { expectTypeOf } from 'expect-type'
import * as v from 'valibot'
import { contract, defineProcess } from '../../../lib/index.ts'

const Parcel = contract('parcel', {
  messages: { Post: v.object({ to: v.string(), grams: v.pipe(v.string(), v.transform(Number)) }) },
  view: v.object({ posted: v.boolean() }),
})

export const parcel = defineProcess(Parcel, { state: v.object({ grams: v.optional(v.number(), 0) }) }).handle({
  initial: () => ({}),
  view: (state) => ({ posted: state.grams > 0 }),
  on: {
    Post(ctx, body) {
      expectTypeOf(body).toEqualTypeOf<{ to: string; grams: number }>()
      expectTypeOf(ctx.state).toEqualTypeOf<{ grams: number }>()
      expectTypeOf(ctx.send(Parcel, body.to).Post).parameters.toEqualTypeOf<[body: { to: string; grams: string }]>()
      ctx.state.grams += body.grams
    },
  },
})
