// Contracts that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { contract } from '../../../lib/index.ts'

export const small = contract('small', {
  messages: { charge: z.object({}) }, // expect: name it Charge: messages begin with a capital
})
export const noSchema = contract('no-schema', {
  messages: { Charge: { cents: 1 } }, // expect: 'cents' does not exist in type 'Schema<
})
export const date = contract('date', {
  messages: { Place: z.object({ at: z.date() }) }, // expect: Place.at is a Date: JSON cannot carry it
})
export const map = contract('map', {
  messages: { Place: z.object({ lines: z.array(z.object({ tags: z.map(z.string(), z.int()) })) }) }, // expect: Place.lines[].tags is a Map: JSON cannot carry it
})
export const set = contract('set', {
  messages: {},
  view: z.object({ tags: z.set(z.string()) }), // expect: view.tags is a Set: JSON cannot carry it
})
export const reply = contract('reply', {
  messages: {},
  calls: { Total: { request: z.object({}), reply: z.object({ cents: z.bigint() }) } }, // expect: Total.reply.cents is a bigint: JSON cannot carry it
})
export const twice = contract('twice', {
  messages: { Ask: z.object({}) },
  calls: { Ask: { request: z.object({}), reply: z.object({}) } }, // expect: Ask is a message already
})
