// A world of a register that clients read and set at random; its history must be linearizable.
import * as z from 'zod'
import type * as Coordination from '../../lib/coordination/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { type Recorder, recorderOf } from './history.ts'
import { linearize, registerModel } from './linearizable.ts'

export const registerTrial = ({
  registerContract,
  registerProcess,
}: typeof Coordination): Trial & { readonly recorders: WeakMap<World, Recorder> } => {
  const Cell = registerContract('cell', z.string())
  const cell = registerProcess(Cell, { initial: () => 'first' })
  const recorders = new WeakMap<World, Recorder>()
  const workload = async (world: World, random: Random): Promise<void> => {
    const recorder = recorderOf(world)
    recorders.set(world, recorder)
    const { Read, CompareAndSet } = world.call(Cell, 'a')
    const client = async (name: string, rounds: number): Promise<void> => {
      let known = 0
      for (let n = 0; n < rounds; n += 1) {
        const key = `${name}-${n}`
        if (random.chance(0.4)) known = (await recorder.ask(name, 'Read', {}, () => Read({}, { key })))?.version ?? known
        else {
          const request = { version: known, value: key }
          const came = await recorder.ask(name, 'CompareAndSet', request, () => CompareAndSet(request, { key }))
          known = came?.version ?? known
        }
      }
    }
    for (let n = random.between(2, 4); n > 0; n -= 1) void client(`c${n}`, random.between(2, 10))
    await world.advance(random.int(60_000))
  }
  return {
    app: [cell],
    workload,
    recorders,
    invariants: {
      'its history is linearizable': (world) => {
        const { operations = [] } = recorders.get(world) ?? {}
        return linearize(operations, registerModel('first')) !== undefined || [JSON.stringify(operations)]
      },
      'its view is its last value': (world) =>
        [...world.instances(cell)].flatMap(([id, state]) =>
          JSON.stringify(world.view(Cell, id)) === JSON.stringify(state) ? [] : [`${id} publishes what it was`],
        ),
    },
  }
}
