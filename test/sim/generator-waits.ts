// Blocks of generated programs that wait: timers and calls. What waits carries no token, since it may be dropped by right.
import * as z from 'zod'
import { CallFailed } from '../../lib/index.ts'
import type { Random } from '../../lib/sim/index.ts'
import type { Block, Ctx, Peer, Talk } from './generator-blocks.ts'

/** What another process answers. */
export const heard = z.object({ count: z.int() })

const minute = 60_000
const spans = [1000, 20_000, 5 * minute, 16 * minute, 5 * 60 * minute, 3 * 1440 * minute]

const nothing = ({ body }: { readonly body: Talk }): Talk => ({ tokens: 0, left: body.left - 1 })

const later =
  (ms: number, name: string): Block =>
  (turn) => {
    turn.ctx.after(ms, { name }).Own(nothing(turn))
    return undefined
  }
const beats =
  (ms: number): Block =>
  ({ ctx }) => {
    ctx.every(ms).Beat({})
    return undefined
  }
const gives =
  (name: string): Block =>
  ({ ctx }) => {
    ctx.cancel(name)
    return undefined
  }
const asks =
  (to: number, times: number, within: number): Block =>
  (turn) => {
    const { ctx, peers, among } = turn
    for (let n = 0; n < times; n += 1) {
      const id = `i${Math.floor(ctx.random() * among)}`
      ctx.request(peers[(to + n) % peers.length] as Peer, id).Ask(nothing(turn), { outcome: 'Heard', within })
    }
    return undefined
  }
const refuses: Block = ({ ctx }) => {
  if (ctx.random() < 0.3) throw new CallFailed('not-today', 'ask another')
  return undefined
}

export const drawWaiting = (random: Random): Block => {
  const name = random.pick(['one', 'two'])
  return random.pick<() => Block>([
    () => later(random.pick(spans), name),
    () => later(random.pick(spans), name),
    () => beats(random.pick([10, 50, 400]) * minute),
    () => gives(random.pick([name, 'Beat'])),
    () => asks(random.int(5), random.between(1, 3), random.pick(spans.slice(0, 5))),
    () => asks(random.int(5), 1, random.pick(spans.slice(0, 5))),
    () => refuses,
  ])()
}

/** What every program does when a timer that comes again comes: it ends by itself before long. */
export const beat = ({ state, random, cancel }: Pick<Ctx, 'state' | 'random' | 'cancel'>): void => {
  state.count += 1
  if (random() < 0.4) cancel('Beat')
}
