// The desk: it remembers what failed, and has it tried again or given up when the admin says so.
import { CallFailed, type ContextOf, defineProcess } from '../../lib/index.ts'
import { Customer } from '../customer/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Shipping } from '../shipping/contract.ts'
import { Desk, notices, noticesMax } from './contract.ts'

/** Of a reason; a view has 32 KB. */
const reasonLengthMax = 200

const definition = defineProcess(Desk, { state: notices, uses: [Customer, Inventory, Order, Payment, Shipping] })
type DeskContext = ContextOf<typeof definition>
interface Named {
  readonly process: string
  readonly instance: string
  readonly id: string
}

const supervised = [Customer, Inventory, Order, Payment, Shipping] as const
const isOf =
  ({ process, instance, id }: Named) =>
  (one: Named): boolean =>
    one.process === process && one.instance === instance && one.id === id

/** Takes the failure off the list, and finds who is to act on it. */
const taken = (ctx: DeskContext, named: Named) => {
  const target = supervised.find(({ name }) => name === named.process)
  if (target === undefined || !ctx.state.failures.some(isOf(named)))
    throw new CallFailed('unknown-failure', 'the desk does not know of it')
  const is = isOf(named)
  ctx.state.failures = ctx.state.failures.filter((one) => !is(one))
  return ctx.supervise(target, named.instance)
}

export const desk = definition.handle({
  initial: () => ({ failures: [] }),
  view: (state) => state,
  on: {
    Failed({ state }, { process, instance, id, type, code, reason, parked }) {
      const notice = { process, instance, id, type, code, reason: reason.slice(0, reasonLengthMax).toWellFormed(), parked }
      const is = isOf(notice)
      state.failures = [notice, ...state.failures.filter((one) => !is(one))].slice(0, noticesMax)
    },
  },
  answer: {
    Redrive(ctx, named) {
      taken(ctx, named).redrive(named.id)
      return {}
    },
    Discard(ctx, named) {
      taken(ctx, named).discard(named.id, 'discarded at the desk')
      return {}
    },
  },
})
