// A ballot: participants that are named when it is proposed vote on it, and each of them learns the one decision.
import { CallFailed } from '../core/call.ts'
import { type Contract, contract } from '../core/contract.ts'
import { type ContextOf, type Deploy, defineProcess, type Process } from '../core/definition.ts'
import { milliseconds } from '../core/duration.ts'
import { Undeliverable } from '../core/errors.ts'
import type { Out } from '../core/schema.ts'
import { deployOf, type Instance, instance, type Taker, type Takers, takersIn, tellerOf } from './notices.ts'
import { count, duration, flag, list, object, oneOf, text } from './shape.ts'

/** Spread them into the messages of whoever votes. */
export const voterNotices = {
  /** A vote is asked for: `ctx.send(Ballot, of.id).Vote({ voter: ctx.self, yes: true })`. */
  Asked: object({ of: instance, subject: text }),
  /** The decision, told again until the voter has said `Heard`. */
  Decided: object({ of: instance, subject: text, accepted: flag }),
}
export type VoterNotices = typeof voterNotices

const decision = oneOf('none', 'open', 'accepted', 'rejected')
/** `none`: nothing was proposed yet. `unheard`: participants that have not said that they heard the decision. */
const status = object({ decision, yes: count, no: count, unheard: count })
export type BallotStatus = Out<typeof status>

/** Before it counts as heard by all, a decision is told so often at most; the waits double, to a day. */
const tellingsMax = 20
const tellAgainMs = milliseconds('1m')
const tellAgainMsMax = milliseconds('1d')
const participantsMax = 200

const messages = {
  /** The first vote of a participant counts, if it comes before the decision. */
  Vote: object({ voter: instance, yes: flag }),
  /** The voter knows the decision. */
  Heard: object({ voter: instance }),
}
const calls = {
  /**
   * Asks the participants, at most 200. `majority`: more than half say yes. `all`: every one does. What is not accepted `within` the time
   * is rejected. CallFailed `already-proposed` if the ballot is on another subject.
   */
  Propose: {
    request: object({ subject: text, participants: list(instance), rule: oneOf('majority', 'all'), within: duration }),
    reply: status,
  },
  /** Linearizable. */
  Ask: { request: object({}), reply: status },
}
const participant = object({ process: text, id: text, vote: oneOf('none', 'yes', 'no'), heard: flag })
const state = object({
  subject: text,
  decision,
  rule: oneOf('majority', 'all'),
  participants: list(participant),
  tellings: count,
})
type State = Out<typeof state>

export type BallotContract<N extends string = string> = Contract<N, typeof messages, typeof calls, typeof status>

/** The contract of a ballot process under another name. */
export const ballotContract = <const N extends string>(name: N): BallotContract<N> =>
  contract(name, { messages, calls, view: status })

/** One instance decides one question, once: name it after that. */
export const Ballot: BallotContract<'ballot'> = ballotContract('ballot')

export interface BallotOptions<N extends string, U extends readonly Contract[]> {
  /** Default `Ballot`. */
  readonly contract?: BallotContract<N>
  /** Whose instances may be participants: contracts that take `voterNotices`. */
  readonly voters: U & Takers<VoterNotices, U>
  readonly deploy?: Deploy
}

const define = (own: BallotContract, voters: readonly Taker<VoterNotices>[], deploy: Deploy | undefined) =>
  defineProcess<BallotContract, typeof state, readonly Taker<VoterNotices>[], typeof timers>(own, {
    state,
    uses: voters,
    internal: timers,
    deploy: deployOf(deploy),
  })
const timers = { Close: object({}), TellAgain: object({}) }
type Ctx = ContextOf<ReturnType<typeof define>>

/** A process whose instances are ballots: `export const ballot = ballotProcess({ voters: [Replica] })`. */
export const ballotProcess = <const N extends string = 'ballot', const U extends readonly Contract[] = []>(
  options: BallotOptions<N, U>,
): Process<BallotContract<N>, typeof state> => {
  const own: BallotContract = options.contract ?? Ballot
  const voters = takersIn<VoterNotices>(options.voters)
  const tellerIn = (ctx: Ctx) => tellerOf<VoterNotices>(voters, ctx)

  const tell = (ctx: Ctx): void => {
    const { subject, decision, participants } = ctx.state
    const unheard = participants.filter(({ heard }) => !heard)
    if (unheard.length === 0 || ctx.state.tellings >= tellingsMax) return ctx.cancel('TellAgain')
    for (const one of unheard)
      tellerIn(ctx)
        .to(one)
        ?.Decided({ of: ctx.self, subject, accepted: decision === 'accepted' })
    ctx.every(Math.min(tellAgainMs * 2 ** ctx.state.tellings, tellAgainMsMax)).TellAgain()
    ctx.state.tellings += 1
  }
  const decide = (ctx: Ctx, decision: 'accepted' | 'rejected'): void => {
    ctx.state.decision = decision
    ctx.cancel('Close')
    tell(ctx)
  }
  const process = define(own, voters, options.deploy).handle({
    initial: () => ({ subject: '-', decision: 'none', rule: 'all', participants: [], tellings: 0 }),
    view: statusOf,
    on: {
      Vote: (ctx, { voter, yes }) => {
        const one = participantIn(ctx.state, voter)
        if (ctx.state.decision !== 'open' || one.vote !== 'none') return
        one.vote = yes ? 'yes' : 'no'
        const decision = decisionIn(ctx.state)
        if (decision !== 'open') decide(ctx, decision)
      },
      Heard: (ctx, { voter }) => {
        const one = participantIn(ctx.state, voter)
        if (ctx.state.decision === 'open') return
        one.heard = true
        if (ctx.state.participants.every(({ heard }) => heard)) ctx.cancel('TellAgain')
      },
      Close: (ctx) => decide(ctx, 'rejected'),
      TellAgain: tell,
    },
    answer: {
      Propose: (ctx, { subject, participants, rule, within }) => {
        const { state } = ctx
        if (state.decision !== 'none') {
          if (state.subject === subject) return statusOf(state)
          throw new CallFailed('already-proposed', `ballot ${ctx.self.id} is on "${state.subject}": take another id`)
        }
        demandParticipants(participants)
        for (const one of participants) tellerIn(ctx).demand(one)
        ctx.state = {
          subject,
          decision: 'open',
          rule,
          participants: participants.map((one) => ({ ...one, vote: 'none', heard: false })),
          tellings: 0,
        }
        for (const one of participants) tellerIn(ctx).to(one)?.Asked({ of: ctx.self, subject })
        ctx.every(within).Close()
        return statusOf(ctx.state)
      },
      Ask: ({ state }) => statusOf(state),
    },
  })
  return process as Process<BallotContract<N>, typeof state>
}

const demandParticipants = (participants: readonly Instance[]): void => {
  const names = new Set(participants.map(({ process, id }) => `${process}/${id}`))
  if (names.size === participants.length && names.size >= 1 && names.size <= participantsMax) return
  throw new CallFailed('illegal-participants', `a ballot has 1 to ${participantsMax} participants, each of them once`)
}

const participantIn = ({ participants }: State, { process, id }: Instance): State['participants'][number] => {
  const found = participants.find((one) => one.process === process && one.id === id)
  if (found !== undefined) return found
  throw new Undeliverable('no-participant', `${process}/${id} is no participant of this ballot: propose it with all who vote`)
}

const votesIn = ({ participants }: Pick<State, 'participants'>, vote: 'yes' | 'no'): number =>
  participants.filter((one) => one.vote === vote).length

// Rejected as soon as too few are left who could still say yes.
const decisionIn = (state: State): 'open' | 'accepted' | 'rejected' => {
  const of = state.participants.length
  const needed = state.rule === 'all' ? of : Math.floor(of / 2) + 1
  if (votesIn(state, 'yes') >= needed) return 'accepted'
  return of - votesIn(state, 'no') < needed ? 'rejected' : 'open'
}

const statusOf = (state: Readonly<State>): BallotStatus => ({
  decision: state.decision,
  yes: votesIn(state, 'yes'),
  no: votesIn(state, 'no'),
  unheard: state.participants.filter(({ heard }) => !heard).length,
})
