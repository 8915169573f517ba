// A lease: one holder at a time, for a time, under a fencing token that grows.
import { type Contract, contract } from '../core/contract.ts'
import type { Deploy, Process } from '../core/definition.ts'
import type { Out } from '../core/schema.ts'
import { type Takers, takersIn } from './notices.ts'
import { permitAnswers, permitProcess } from './permit-process.ts'
import { type HolderNotices, noPermits, permitCalls, type permitState } from './permits.ts'
import { count, object, optional, text } from './shape.ts'

/** `holder` where it is held; `token`: the last that was given. Eventually consistent. */
const view = object({ holder: optional(text), token: count, waiting: count })
export type LeaseView = Out<typeof view>
export type LeaseContract<N extends string = string> = Contract<N, {}, typeof permitCalls, typeof view>

/** The contract of a lease process under another name. */
export const leaseContract = <const N extends string>(name: N): LeaseContract<N> =>
  contract(name, { messages: {}, calls: permitCalls, view })

/** `ctx.request(Lease, 'report').Acquire({ holder: ctx.self.id, ttl: '30s', wait: '5m', notify: ctx.self }, { outcome: 'Held' })` */
export const Lease: LeaseContract<'lease'> = leaseContract('lease')

export interface LeaseOptions<N extends string, U extends readonly Contract[]> {
  /** Default `Lease`. */
  readonly contract?: LeaseContract<N>
  /** Whose instances are told `Granted` and `Lost`: contracts that take `holderNotices`. */
  readonly holders?: U & Takers<HolderNotices, U>
  readonly deploy?: Deploy
}

/** A process whose instances are leases, each by a name of its user's choice: `export const lease = leaseProcess({ holders: [Worker] })`. */
export const leaseProcess = <const N extends string = 'lease', const U extends readonly Contract[] = []>(
  options: LeaseOptions<N, U> = {},
): Process<LeaseContract<N>, typeof permitState> => {
  const own: LeaseContract = options.contract ?? Lease
  const { definition, rules, on } = permitProcess(own, takersIn(options.holders), { deploy: options.deploy })
  const process = definition.handle({
    initial: noPermits,
    view: ({ held, token, line }) => ({ ...(held[0] && { holder: held[0].holder }), token, waiting: line.length }),
    on,
    answer: permitAnswers(rules),
  })
  return process as Process<LeaseContract<N>, typeof permitState>
}

/**
 * When a holder must assume that it has lost its lease, whatever it has heard.
 * @param asked when it asked for the lease, or to renew it, on its own clock: before the answer, since the time to live may count from then
 * @param ttl ms
 * @returns ms since 1970: nine tenths of the time to live, since clocks may not run alike
 */
export const trustedUntil = (asked: Date, ttl: number): number => asked.getTime() + Math.floor(ttl * 0.9)
