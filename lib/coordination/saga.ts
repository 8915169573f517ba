// Sagas: operations of a flow, each with what undoes it.
import { CallFailed } from '../core/call.ts'
import type { FlowContext } from '../core/flow.ts'

/** @see saga */
export type Saga = <T>(operation: () => Promise<T>, undo: (done: T | undefined) => void | Promise<void>) => Promise<T>

/**
 * Pairs operations of a flow with what undoes them:
 *
 * ```ts
 * const run = saga(ctx)
 * await run(() => ctx.call(Bank, from).Draw({ pence }), () => ctx.send(Bank, from).Return({ id }))
 * ```
 *
 * Where the flow fails or is cancelled later, undoing runs the latest first. Where the operation itself fails, nobody may know whether it
 * was done: no answer in time, a step whose tries are used up, a cancellation. Then it is undone too, with `undefined` for what it
 * brought, and so undoing must bear that there was nothing to undo. A callee's refusal has done nothing, and is not undone.
 */
export const saga =
  ({ compensate }: Pick<FlowContext<string, unknown, string, object>, 'compensate'>): Saga =>
  async (operation, undo) => {
    try {
      const done = await operation()
      compensate(() => undo(done))
      return done
    } catch (thrown) {
      if (!isRefusal(thrown)) compensate(() => undo(undefined))
      throw thrown
    }
  }

/** Codes with which a call fails although the callee may have done it. */
const unknown: ReadonlySet<string> = new Set(['deadline', 'invalid-reply'])
const isRefusal = (thrown: unknown): boolean => thrown instanceof CallFailed && !unknown.has(thrown.code)
