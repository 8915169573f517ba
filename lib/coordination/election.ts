// Leader election: a lease on leading. Candidates say again and again that they stand; one of them leads, and its view says who.
import { type Contract, contract } from '../core/contract.ts'
import type { Deploy, Process } from '../core/definition.ts'
import type { Out } from '../core/schema.ts'
import { instance, type Takers, takersIn } from './notices.ts'
import { permitProcess } from './permit-process.ts'
import { type HolderNotices, noPermits, type permitState } from './permits.ts'
import { count, duration, flag, object, optional, text } from './shape.ts'

/** `leads`: whether the candidate does; `leader` and `term` of who does. The term is a fencing token: it grows from leader to leader. */
const standing = object({ leads: flag, leader: optional(text), term: count })
const calls = {
  /**
   * Stands as a candidate, or goes on standing: said again within `ttl`, by the leader and by whoever waits. Who falls silent for so long
   * leads no more, or leaves the line.
   */
  Stand: { request: object({ candidate: text, ttl: duration, notify: optional(instance) }), reply: standing },
  /** Leads no more, or leaves the line. */
  Resign: { request: object({ candidate: text }), reply: object({ resigned: flag }) },
}
/** Eventually consistent. */
const view = object({ leader: optional(text), term: count, candidates: count })
export type ElectionView = Out<typeof view>
export type ElectionContract<N extends string = string> = Contract<N, {}, typeof calls, typeof view>

/** The contract of an election process under another name. */
export const electionContract = <const N extends string>(name: N): ElectionContract<N> =>
  contract(name, { messages: {}, calls, view })

/** `client.call(Election, 'scheduler').Stand({ candidate: 'host-7', ttl: '30s' })` */
export const Election: ElectionContract<'election'> = electionContract('election')

export interface ElectionOptions<N extends string, U extends readonly Contract[]> {
  /** Default `Election`. */
  readonly contract?: ElectionContract<N>
  /** Whose instances are told `Granted` and `Lost`: contracts that take `holderNotices`. */
  readonly candidates?: U & Takers<HolderNotices, U>
  readonly deploy?: Deploy
}

/** A process whose instances are elections: `export const election = electionProcess({ candidates: [Scheduler] })`. */
export const electionProcess = <const N extends string = 'election', const U extends readonly Contract[] = []>(
  options: ElectionOptions<N, U> = {},
): Process<ElectionContract<N>, typeof permitState> => {
  const own: ElectionContract = options.contract ?? Election
  const { definition, rules, on } = permitProcess(own, takersIn(options.candidates), { deploy: options.deploy })
  const process = definition.handle({
    initial: noPermits,
    view: ({ held, token, line }) => ({
      ...(held[0] && { leader: held[0].holder }),
      term: token,
      candidates: held.length + line.length,
    }),
    on,
    answer: {
      Stand: (ctx, { candidate, ttl, notify }) => {
        const { held } = rules(ctx).acquire({ holder: candidate, ttl, wait: ttl, ...(notify && { notify }) })
        const [leader] = ctx.state.held
        return { leads: held, ...(leader && { leader: leader.holder }), term: ctx.state.token }
      },
      Resign: (ctx, { candidate }) => {
        const leading = ctx.state.held.find(({ holder }) => holder === candidate)
        const { released } = rules(ctx).release({ holder: candidate, ...(leading && { token: leading.token }) })
        return { resigned: released }
      },
    },
  })
  return process as Process<ElectionContract<N>, typeof permitState>
}
