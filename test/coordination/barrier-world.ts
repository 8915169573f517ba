// A world of a barrier: parties that come at random, some of them twice, some by calls of processes and some from outside.
import * as z from 'zod'
import type * as Coordination from '../../lib/coordination/index.ts'
import { contract, defineProcess, outcomeOf } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { audited, logsOf } from './audit.ts'

interface State {
  readonly parties: number
  readonly arrived: readonly { readonly party: string }[]
}

export const barrierTrial = ({ Barrier, barrierProcess, partyNotices }: typeof Coordination): Trial => {
  const Runner = contract('runner', { messages: { ...partyNotices, Run: z.object({ parties: z.int() }) } })
  const runner = defineProcess(Runner, {
    state: z.object({ opened: z.int() }),
    uses: [Barrier],
    internal: { Came: outcomeOf(Barrier, 'Arrive') },
  }).handle({
    initial: () => ({ opened: 0 }),
    on: {
      Run: (ctx, { parties }) =>
        ctx
          .request(Barrier, 'r')
          .Arrive({ party: ctx.self.id, parties, notify: ctx.self }, { outcome: 'Came', within: '2 days' }),
      Came: (ctx, outcome) => {
        // The answer to a second arrival says what the notice said.
        if (outcome.ok && outcome.reply.open && ctx.state.opened === 0) ctx.state.opened += 1
      },
      Opened: (ctx) => {
        ctx.state.opened += 1
      },
    },
  })
  const workload = async (world: World, random: Random): Promise<void> => {
    const parties = random.between(1, 6)
    for (let n = 0; n < parties; n += 1) {
      if (random.chance(0.3))
        void world
          .call(Barrier, 'r')
          .Arrive({ party: `o${n}`, parties }, { key: `o${n}` })
          .catch(() => {})
      else
        for (let times = random.between(1, 2); times > 0; times -= 1)
          world.send(Runner, `${n}`).Run({ parties }, { key: `${n}-${times}` })
      if (random.chance(0.5)) await world.advance(random.int(30_000))
    }
  }
  return {
    app: [runner, audited(barrierProcess({ parties: [Runner] }))],
    workload,
    invariants: {
      'each party counts once': (world) =>
        logsOf<State>(world, 'barrier').every(([, log]) =>
          log.every(({ after }) => new Set(after.arrived.map(({ party }) => party)).size === after.arrived.length),
        ),
      'it opens to all who came, once all have come, and not before': (world) =>
        logsOf<State>(world, 'barrier').flatMap(([, log]) => {
          const last = log.at(-1)?.after
          const open = last !== undefined && last.arrived.length === last.parties
          return [...world.instances(runner)].flatMap(([id, { opened }]) =>
            opened > 0 === open ? [] : [`${id} saw it open ${opened} times`],
          )
        }),
      'nothing fails but what the plan makes fail': (world) =>
        world.failed().flatMap(({ planned, code, reason }) => (planned ? [] : [`${code}: ${reason}`])),
    },
  }
}
