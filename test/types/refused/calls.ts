// Queued and direct calls that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { connect } from '../../../lib/aws/index.ts'
import { contract, defineProcess, outcomeOf } from '../../../lib/index.ts'

const Bank = contract('bank', {
  messages: { Close: z.object({}) },
  calls: {
    Balance: { request: z.object({}), reply: z.object({ cents: z.int() }) },
    Draw: { request: z.object({ cents: z.int() }), reply: z.object({ left: z.int() }) },
  },
})
const Stock = contract('stock', {
  messages: {},
  calls: { Count: { request: z.object({}), reply: z.object({ units: z.int() }) } },
})
const Desk = contract('desk', { messages: { Go: z.object({}) } })

const data = defineProcess(Desk, {
  state: z.object({}),
  uses: [Bank],
  internal: { Tick: z.object({}), Balanced: outcomeOf(Bank, 'Balance') },
})
export const desk = data.handle({
  initial: () => ({}),
  on: {
    Go(ctx) {
      ctx.request(Bank, 'b').Balance({}, { outcome: 'Drawn' }) // expect: Type '"Drawn"' is not assignable to type '"Balanced"'
      ctx.request(Bank, 'b').Balance({}, { outcome: 'Tick' }) // expect: Type '"Tick"' is not assignable to type '"Balanced"'
      ctx.request(Bank, 'b').Balance({}) // expect: Expected 2 arguments
      ctx.request(Bank, 'b').Draw({ cents: 1 }, { outcome: 'Balanced' }) // expect: declare it: internal
      ctx.request(Bank, 'b').Draw({ cents: '1' }, { outcome: 'Balanced' }) // expect: Type 'string' is not assignable to type 'number'
      ctx.request(Bank, 'b').Close({}, { outcome: 'Balanced' }) // expect: Property 'Close' does not exist
      ctx.request(Stock, 's').Count({}, { outcome: 'Balanced' }) // expect: stock is not in uses
      ctx.send(Bank, 'b').Balance({}) // expect: Property 'Balance' does not exist
    },
    Tick() {},
    Balanced(_ctx, outcome) {
      outcome.reply.cents // expect: Property 'reply' does not exist
    },
  },
})
export const wrongOutcome = defineProcess(Desk, {
  state: z.object({}),
  internal: { Drawn: outcomeOf(Bank, 'Drow') }, // expect: not assignable to parameter of type '"Balance" | "Draw"'
})

const bank = defineProcess(Bank, { state: z.object({ cents: z.int() }) })
bank.handle({ initial: () => ({ cents: 0 }), on: { Close() {} } }) // expect: Property 'answer' is missing
bank.handle({
  initial: () => ({ cents: 0 }),
  on: { Close() {} },
  answer: { Balance: () => ({ cents: 0 }) }, // expect: Property 'Draw' is missing
})
bank.handle({
  initial: () => ({ cents: 0 }),
  on: { Close() {} },
  answer: {
    Balance: () => ({ pence: 0 }), // expect: Type '{ pence: number; }' is not assignable to type 'Promise<{ cents: number; }> | { cents: number; }'
    Draw: async () => ({ left: 'much' }), // expect: Type 'string' is not assignable to type 'number'
  },
})
data.handle({
  initial: () => ({}),
  on: { Go() {}, Tick() {}, Balanced() {} },
  answer: { Go: () => ({}) }, // expect: not assignable to type 'never'
})

export const ask = async (): Promise<void> => {
  const client = connect({ uses: [Bank] })
  await client.call(Bank, 'b').Draw({ cents: '1' }) // expect: Type 'string' is not assignable to type 'number'
  await client.call(Bank, 'b').Draw({ cents: 1 }, { within: '1s' }) // expect: 'within' does not exist
  await client.call(Bank, 'b').Close() // expect: Property 'Close' does not exist
  await client.call(Stock, 's').Count() // expect: stock is not in uses
  await client.cancel(Stock, 's') // expect: stock is not in uses
  const { left } = await client.call(Bank, 'b').Balance() // expect: Property 'left' does not exist
  await client.send(Bank, `${left}`).Balance({}) // expect: Property 'Balance' does not exist
}
