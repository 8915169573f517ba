// Errors named by the fate of the message that met them. A literal code also opens the message, and the message says what to do next.

interface Options {
  readonly cause?: unknown
}

/** What every error of Gavotte has: a literal code that also stands in its message. */
export abstract class GavotteError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: Options) {
    super(`${code}: ${message}`, options)
    this.code = code
    this.name = new.target.name
  }
}

/** Malformed, unknown, too large or too old: fails for good at once, kept with its reason. */
export class Rejected extends GavotteError {}

/** Nobody takes it: set aside as rejected, and never a reason to park. */
export class Undeliverable extends Rejected {}

/** Throttle, timeout, network: the message stays on its queue and backs off. */
export class Transient extends GavotteError {
  /** When to try again, if that is known: ms from now. */
  readonly afterMs: number | undefined
  constructor(code: string, message: string, options: Options & { readonly afterMs?: number } = {}) {
    super(code, message, options)
    this.afterMs = options.afterMs
  }
}

/** A service outside is down, and its breaker open: the message comes again once that may have passed, and no try of it is counted. */
export class Unavailable extends Transient {}

/** The code of a flow does not fit its journal: until other code is deployed, whatever brings the flow further fails. */
export class Misfit extends Transient {}

/** The record that a handler ran on is not the newest: a row of it is newer. */
export class Overtaken extends Transient {}

/** The version race was lost more often than the bound allows: the message stays on its queue. */
export class Conflict extends GavotteError {}

/** An invariant is broken: thrown, alarmed, nothing is acknowledged. */
export class Defect extends GavotteError {}

/** Bad environment or definition: the function does not start. */
export class Misconfigured extends GavotteError {}

/** A queue or service that takes it never, unless somebody mends something: deleted, not granted, not deployed. */
export class Refused extends Misconfigured {}

/** A step of a flow whose tries are used up; `code` and message are those of the last. */
export class StepFailed extends GavotteError {}

/** The flow is cancelled: thrown where it waits, or by the flow itself. It is undone, and nothing is kept as failed. */
export class FlowCancelled extends GavotteError {}

/** The text that is kept of whatever was thrown: name and message, first lines of the stack besides. */
export const describeError = (thrown: unknown): { readonly message: string; readonly stack?: string } => {
  if (!(thrown instanceof Error)) return { message: `thrown value: ${String(thrown)}` }
  const message = thrown instanceof GavotteError ? thrown.message : `${thrown.name}: ${thrown.message}`
  return { message, ...(thrown.stack !== undefined && { stack: thrown.stack.split('\n').slice(0, 12).join('\n') }) }
}
