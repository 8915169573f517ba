// How flows end, and how what failed in them reads.
import { type Answer, CallFailed } from '../core/call.ts'
import type { Envelope } from '../core/envelope.ts'
import { describeError, FlowCancelled, GavotteError, Misfit, StepFailed } from '../core/errors.ts'
import type { FlowEnd } from '../core/flow-hop.ts'

/** @param worse what compensations threw */
export const endOf = ({ type, reply }: Envelope, thrown: unknown, worse: readonly unknown[] = []): FlowEnd => {
  const { message, stack } = describeError(thrown)
  const code = thrown instanceof GavotteError ? thrown.code : 'handler-failed'
  const undone = worse.map((error) => `; a compensation failed as well: ${describeError(error).message}`).join('')
  const answer: Answer = { ok: false, code, message: `${message}${undone}` }
  // Whoever asked is told of a refusal, and nobody else.
  const isRefusal = thrown instanceof FlowCancelled || (thrown instanceof CallFailed && reply !== undefined)
  if (isRefusal && worse.length === 0) return { answer }
  const text = `the flow ${type} failed: ${message}${undone}. Correct it and send its message anew under another key`
  return { answer, reason: { code: 'flow-failed', text, ...(stack !== undefined && { stack }) } }
}

/** Nothing of it can be undone where its code cannot be run. */
const asItStands =
  'What it did stands: look after it, correct what is wrong, and send what is still wanted anew under another key'

/** The end of a flow that ends its function each time it goes on. */
export const diedOf = ({ type }: Envelope): FlowEnd => {
  const text = `the flow ${type} is given up: the function ended each time it went on (memory, timeout or exit): see its log. ${asItStands}`
  return { answer: { ok: false, code: 'handler-died', message: text }, reason: { code: 'flow-failed', text } }
}

/** The end of a flow that cannot go on. */
export const givenUpFor = ({ type }: Envelope, thrown: unknown): FlowEnd => {
  const { message, stack } = describeError(thrown)
  const text = `the flow ${type} is given up: ${message}. ${asItStands}`
  const code = thrown instanceof GavotteError ? thrown.code : 'handler-failed'
  return {
    answer: { ok: false, code, message: text },
    reason: { code: 'flow-failed', text, ...(stack !== undefined && !(thrown instanceof Misfit) && { stack }) },
  }
}

/** What an operation throws. @param label of the operation */
export const errorOf = (label: string, { code, message }: { readonly code: string; readonly message: string }): Error =>
  label.startsWith('step ') || label.startsWith('read ')
    ? new StepFailed(code, `${label}: ${message}`)
    : new CallFailed(code, message)

/** Where the code of a user stands, from a stack. */
export const placeOf = (stack = ''): string => {
  const line = stack.split('\n').find((one, n) => n > 0 && !/[\\/]lib[\\/](runtime|core)[\\/]|node:|<anonymous>/.test(one))
  return line === undefined ? '' : ` (after ${line.trim()})`
}
