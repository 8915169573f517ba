// A world of ballots: voters that say yes, no or nothing, and some that are down for the first tellings of the decision.
import * as z from 'zod'
import type * as Coordination from '../../lib/coordination/index.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { audited, logsOf } from './audit.ts'

interface State {
  readonly decision: 'none' | 'open' | 'accepted' | 'rejected'
  readonly rule: 'majority' | 'all'
  readonly participants: readonly { readonly id: string; readonly vote: 'none' | 'yes' | 'no'; readonly heard: boolean }[]
}

const votersOf = ({ Ballot, voterNotices }: typeof Coordination) => {
  const Voter = contract('voter', {
    messages: { ...voterNotices, Mean: z.object({ vote: z.enum(['yes', 'no', 'none']), deaf: z.int(), twice: z.boolean() }) },
  })
  const voter = defineProcess(Voter, {
    state: z.object({
      vote: z.enum(['yes', 'no', 'none']),
      deaf: z.int(),
      twice: z.boolean(),
      learned: z.array(z.object({ of: z.string(), accepted: z.boolean() })),
    }),
    uses: [Ballot],
    deploy: { onFailure: 'setAside' },
  }).handle({
    initial: () => ({ vote: 'none', deaf: 0, twice: false, learned: [] }),
    on: {
      Mean: (ctx, mean) => {
        ctx.state = { ...ctx.state, ...mean }
      },
      Asked: (ctx, { of }) => {
        const { vote, twice } = ctx.state
        if (vote === 'none') return
        ctx.send(Ballot, of.id).Vote({ voter: ctx.self, yes: vote === 'yes' })
        // Changes its mind, too late.
        if (twice) ctx.send(Ballot, of.id).Vote({ voter: ctx.self, yes: vote === 'no' })
      },
      Decided: (ctx, { of, accepted }) => {
        if (ctx.state.deaf-- > 0) return
        ctx.state.learned.push({ of: of.id, accepted })
        ctx.send(Ballot, of.id).Heard({ voter: ctx.self })
      },
    },
  })
  return { Voter, voter }
}

export const ballotTrial = (door: typeof Coordination): Trial => {
  const { Ballot, ballotProcess } = door
  const { Voter, voter } = votersOf(door)
  const workload = async (world: World, random: Random): Promise<void> => {
    const participants = Array.from({ length: random.between(1, 5) }, (_, n) => ({ process: 'voter', id: `v${n}` }))
    for (const { id } of participants) {
      const mean = { vote: random.pick(['yes', 'yes', 'no', 'none'] as const), deaf: random.int(3), twice: random.chance(0.3) }
      world.send(Voter, id).Mean(mean, { key: `mean-${id}` })
    }
    await world.advance('1h')
    const request = {
      subject: 's',
      participants,
      rule: random.pick(['majority', 'all'] as const),
      within: random.between(1, 60_000),
    }
    for (let n = random.between(1, 2); n > 0; n -= 1)
      void world
        .call(Ballot, 'b')
        .Propose(request, { key: `propose-${n}` })
        .catch(() => {})
    await world.advance(random.int(60_000))
    void world
      .call(Ballot, 'b')
      .Propose({ ...request, subject: 'another' }, { key: 'other' })
      .catch(() => {})
  }
  const logs = (world: World) => logsOf<State>(world, 'ballot').flatMap(([, log]) => log)
  const decided = ({ decision }: State): boolean => decision === 'accepted' || decision === 'rejected'
  const votes = ({ participants }: State, vote: 'yes' | 'no') => participants.filter((one) => one.vote === vote).length
  return {
    app: [voter, audited(ballotProcess({ voters: [Voter] }))],
    workload,
    invariants: {
      'it is decided once': (world) =>
        logs(world).every(({ before, after }) => !decided(before) || before.decision === after.decision),
      'it is decided': (world) => logs(world).every(({ after }, n, all) => n < all.length - 1 || decided(after)),
      'a vote that was cast stays': (world) =>
        logs(world).every(({ before, after }) =>
          before.participants.every(({ vote }, n) => vote === 'none' || after.participants[n]?.vote === vote),
        ),
      'it is accepted by enough votes': (world) =>
        logs(world).every(({ after }) => {
          const of = after.participants.length
          return (
            after.decision !== 'accepted' || (after.rule === 'all' ? votes(after, 'yes') === of : votes(after, 'yes') * 2 > of)
          )
        }),
      'it is rejected by enough votes, or by time': (world) =>
        logs(world).every(({ type, before, after }) => {
          const of = after.participants.length
          const barred = after.rule === 'all' ? votes(after, 'no') > 0 : votes(after, 'no') * 2 >= of
          return before.decision === after.decision || after.decision !== 'rejected' || type === 'Close' || barred
        }),
      'every participant learns the one decision': (world) =>
        logsOf<State>(world, 'ballot').flatMap(([id, log]) => {
          const last = log.at(-1)?.after
          return (last?.participants ?? []).flatMap((one) => {
            const learned = world.state(voter, one.id)?.learned ?? []
            const same = learned.every(({ accepted }) => accepted === (last?.decision === 'accepted'))
            return learned.length > 0 && same && one.heard ? [] : [`${one.id} of ${id} learned ${JSON.stringify(learned)}`]
          })
        }),
      'nothing fails but what the plan makes fail': (world) =>
        world.failed().flatMap(({ planned, code, reason }) => (planned ? [] : [`${code}: ${reason}`])),
    },
  }
}
