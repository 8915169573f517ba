// A world of an election: candidates that stand again and again, fall silent, or resign.
import type * as Coordination from '../../lib/coordination/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { audited, logsOf } from './audit.ts'
import { type Recorder, recorderOf } from './history.ts'

interface State {
  readonly token: number
  readonly held: readonly { readonly holder: string; readonly token: number }[]
  readonly line: readonly { readonly holder: string }[]
}
interface Stood {
  readonly leads: boolean
  readonly term: number
}

export const electionTrial = ({ Election, electionProcess }: typeof Coordination): Trial => {
  const recorders = new WeakMap<World, Recorder>()
  const workload = async (world: World, random: Random): Promise<void> => {
    const recorder = recorderOf(world)
    recorders.set(world, recorder)
    const { Stand, Resign } = world.call(Election, 'e')
    const stands = async (candidate: string, rounds: number): Promise<void> => {
      for (let n = 0; n < rounds; n += 1) {
        const request = { candidate, ttl: random.between(1000, 20_000) }
        await recorder.ask(candidate, 'Stand', request, () => Stand(request, { key: `${candidate}-${n}` }))
      }
      if (random.chance(0.5))
        await recorder.ask(candidate, 'Resign', {}, () => Resign({ candidate }, { key: `${candidate}-resign` }))
    }
    for (let n = random.between(2, 5); n > 0; n -= 1) {
      void stands(`c${n}`, random.between(1, 12))
      await world.advance(random.int(20_000))
    }
  }
  const logs = (world: World) => logsOf<State>(world, 'election').flatMap(([, log]) => log)
  return {
    app: [audited(electionProcess(), ['Resign'])],
    workload,
    invariants: {
      'at most one leads': (world) => logs(world).every(({ after }) => after.held.length <= 1),
      'terms grow from leader to leader': (world) =>
        logs(world).every(({ before, after }) => {
          const [was, is] = [before.held[0], after.held[0]]
          return is === undefined || (was?.holder === is.holder ? was.token === is.token : is.token > before.token)
        }),
      'who resigns stands no more': (world) =>
        logs(world).every(({ type, body, after: { held, line } }) => {
          const { candidate } = body as { readonly candidate?: string }
          return type !== 'Resign' || [...held, ...line].every(({ holder }) => holder !== candidate)
        }),
      'where candidates stand, one leads': (world) =>
        logs(world).every(({ after }) => after.held.length === 1 || after.line.length === 0),
      'in the end the silent lead no more': (world) => (logs(world).at(-1)?.after.held ?? []).length === 0,
      'no answer tells of an older term than one before it': (world) => {
        const told = (recorders.get(world)?.operations ?? []).flatMap(({ op, value, call, return: end }) =>
          op === 'Stand' && value.reply !== undefined && end !== null ? [{ call, end, ...(value.reply as Stood) }] : [],
        )
        return told.every((a) => told.every((b) => a.end >= b.call || a.term <= b.term))
      },
      'nothing fails but what the plan makes fail': (world) =>
        world.failed().flatMap(({ planned, code, reason }) => (planned ? [] : [`${code}: ${reason}`])),
    },
  }
}
