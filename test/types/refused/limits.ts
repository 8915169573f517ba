// Limits and breakers that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { breaker, contract, defineProcess } from '../../../lib/index.ts'

const Mail = contract('mail', {
  messages: { Send: z.object({ customer: z.string(), text: z.string() }), Forget: z.object({ id: z.string() }) },
})
const state = z.object({})

export const all = [
  defineProcess(Mail, { state, limit: { per: 'tenant', rate: '100/1s' } }),
  defineProcess(Mail, { state, limit: { per: { body: 'customer' }, rate: '100/15 minutes', burst: 5 } }),
  defineProcess(Mail, { state, limit: { per: { body: 'id' }, rate: '1/500ms' } }),
  defineProcess(Mail, { state, limit: { per: 'customer', rate: '100/1s' } }), // expect: Type '"customer"' is not assignable
  defineProcess(Mail, { state, limit: { per: { body: 'tenant' }, rate: '100/1s' } }), // expect: Type '"tenant"' is not assignable
  defineProcess(Mail, { state, limit: { per: 'tenant', rate: '100 a second' } }), // expect: Type '"100 a second"' is not assignable
  defineProcess(Mail, { state, limit: { per: 'tenant' } }), // expect: Property 'rate' is missing
  breaker('psp', { cooldown: 'soon' }), // expect: Type '"soon"' is not assignable to type 'Duration
]
