// Calls: a request that is answered. Queued, the answer comes as a message; direct, the caller waits for it.
import type { Contract } from './contract.ts'
import { GavotteError } from './errors.ts'
import { type In, type Out, parse, type Schema } from './schema.ts'

/** How a call came out, as it travels: what the callee's answer gave, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** The answer that a message brings, whoever wrote it. */
export const answerIn = (body: unknown): Answer => {
  const { ok, reply, code, message } = (body ?? {}) as { readonly [name: string]: unknown }
  return ok === true ? { ok, reply } : { ok: false, code: String(code), message: String(message) }
}

/**
 * A call that brought no reply. `code` is the callee's, or `deadline` where no answer came in time. Thrown inside an `answer` it is the
 * answer: the caller gets its code and message, and nothing else of the handler's run stays.
 */
export class CallFailed extends GavotteError {}

/** How a call came out, as it reaches a handler. `code` is `deadline` where no answer came in time. */
export type Outcome<T> =
  | { readonly ok: true; readonly reply: T }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** The schema of an internal message that brings the outcome of a call: `internal: { Balanced: outcomeOf(Payment, 'Balance') }`. */
export const outcomeOf = <C extends Contract, T extends keyof C['calls'] & string>(
  of: C,
  type: T,
): Schema<Outcome<In<C['calls'][T]['reply']>>, Outcome<Out<C['calls'][T]['reply']>>> => ({
  '~standard': {
    version: 1,
    vendor: 'gavotte',
    validate: (value) => {
      const { ok, reply } = value as { readonly ok?: unknown; readonly reply?: unknown }
      if (ok !== true) return { value: value as never }
      const parsed = parse((of.calls[type] as { readonly reply: Schema }).reply, reply)
      return parsed.kind === 'valid' ? { value: { ok, reply: parsed.value as never } } : { issues: [{ message: parsed.issues }] }
    },
  },
})
