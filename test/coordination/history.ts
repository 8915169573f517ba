// Histories: what clients asked and what they were answered, with the times between which it must have been done. Their form is written
// down in docs/coordination.md.
import { CallFailed, Transient } from '../../lib/index.ts'
import type { World } from '../../lib/sim/index.ts'

export interface Operation {
  /** Who asked: one operation of it is under way at a time. */
  readonly process: string
  /** Name of the operation, as in the contract. */
  readonly op: string
  /** What was asked, and what was answered; no `reply` where nobody knows. */
  readonly value: { readonly request: unknown; readonly reply?: unknown }
  /** ms since 1970, in virtual time. */
  readonly call: number
  /** null: no answer came, it may have been done at any time since, or never. */
  readonly return: number | null
}

export interface Recorder {
  readonly operations: readonly Operation[]
  /** Asks, and writes down how it came out. @returns the reply; undefined where there is none */
  readonly ask: <T>(process: string, op: string, request: unknown, call: () => Promise<T>) => Promise<T | undefined>
}

/** @param refusals codes with which a call is refused, so that it has done nothing: they are replies as well */
export const recorderOf = (world: World, refusals: readonly string[] = []): Recorder => {
  const operations: Operation[] = []
  return {
    operations,
    ask: async (process, op, request, call) => {
      const called = world.now().getTime()
      const note = (reply: { readonly reply?: unknown }, at: number | null): void =>
        void operations.push({ process, op, value: { request, ...reply }, call: called, return: at })
      try {
        const reply = await call()
        note({ reply }, world.now().getTime())
        return reply
      } catch (thrown) {
        if (thrown instanceof CallFailed && refusals.includes(thrown.code))
          note({ reply: { refused: thrown.code } }, world.now().getTime())
        // A smaller run does without it: it was never asked.
        else if (!(thrown instanceof Transient && thrown.code === 'left-out')) note({}, null)
        return undefined
      }
    },
  }
}
