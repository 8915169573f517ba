// A barrier: it opens once all parties have come, and stays open.
import { CallFailed } from '../core/call.ts'
import { type Contract, contract } from '../core/contract.ts'
import { type Deploy, defineProcess, type Process } from '../core/definition.ts'
import type { Out } from '../core/schema.ts'
import { deployOf, instance, type Taker, type Takers, takersIn, tellerOf } from './notices.ts'
import { count, flag, list, object, optional, text } from './shape.ts'

/** Spread them into the messages of whoever waits at barriers. */
export const partyNotices = {
  /** All have come. Who comes last learns it from its answer instead. */
  Opened: object({ of: instance, party: text }),
}
export type PartyNotices = typeof partyNotices

const status = object({ open: flag, arrived: count, parties: count })
export type BarrierStatus = Out<typeof status>

const partiesMax = 1000
const calls = {
  /**
   * A party has come; said again, it counts once. `parties`: how many are waited for, 1 to 1,000; each says the same, or CallFailed
   * `other-parties`.
   */
  Arrive: { request: object({ party: text, parties: count, notify: optional(instance) }), reply: status },
}
const state = object({ parties: count, arrived: list(object({ party: text, notify: optional(instance) })) })

/** The view is eventually consistent. */
export type BarrierContract<N extends string = string> = Contract<N, {}, typeof calls, typeof status>

/** The contract of a barrier process under another name. */
export const barrierContract = <const N extends string>(name: N): BarrierContract<N> =>
  contract(name, { messages: {}, calls, view: status })

/** One instance opens once: name it after its round. */
export const Barrier: BarrierContract<'barrier'> = barrierContract('barrier')

export interface BarrierOptions<N extends string, U extends readonly Contract[]> {
  /** Default `Barrier`. */
  readonly contract?: BarrierContract<N>
  /** Whose instances are told `Opened`: contracts that take `partyNotices`. */
  readonly parties?: U & Takers<PartyNotices, U>
  readonly deploy?: Deploy
}

/** A process whose instances are barriers: `export const barrier = barrierProcess({ parties: [Worker] })`. */
export const barrierProcess = <const N extends string = 'barrier', const U extends readonly Contract[] = []>(
  options: BarrierOptions<N, U> = {},
): Process<BarrierContract<N>, typeof state> => {
  const own: BarrierContract = options.contract ?? Barrier
  const takers = takersIn<PartyNotices>(options.parties)
  const definition = defineProcess<BarrierContract, typeof state, readonly Taker<PartyNotices>[]>(own, {
    state,
    uses: takers,
    deploy: deployOf(options.deploy),
  })
  const process = definition.handle({
    initial: () => ({ parties: 0, arrived: [] }),
    view: statusOf,
    on: {},
    answer: {
      Arrive: (ctx, { party, parties, notify }) => {
        const { state } = ctx
        demandParties(parties, state.parties)
        const teller = tellerOf<PartyNotices>(takers, ctx)
        teller.demand(notify)
        if (state.arrived.some((one) => one.party === party)) return statusOf(state)
        if (state.arrived.length === state.parties && state.parties > 0)
          throw new CallFailed('too-many-parties', `${parties} have come already: ${party} is one too many`)
        state.parties = parties
        state.arrived.push({ party, ...(notify && { notify }) })
        if (state.arrived.length === parties)
          for (const one of state.arrived)
            if (one.party !== party) teller.to(one.notify)?.Opened({ of: ctx.self, party: one.party })
        return statusOf(state)
      },
    },
  })
  return process as Process<BarrierContract<N>, typeof state>
}

const demandParties = (parties: number, before: number): void => {
  if (parties < 1 || parties > partiesMax)
    throw new CallFailed('illegal-parties', `a barrier waits for 1 to ${partiesMax} parties`)
  if (before !== 0 && parties !== before) throw new CallFailed('other-parties', `this barrier waits for ${before} parties`)
}

const statusOf = ({ parties, arrived }: Readonly<Out<typeof state>>): BarrierStatus => ({
  open: parties > 0 && arrived.length === parties,
  arrived: arrived.length,
  parties,
})
