// What the local cloud tells of itself while it runs.

/** `process` is the one concerned, or the web function; instances are named by the message groups of a batch, each once. */
export type CloudEvent =
  /** A batch came back; `returned` of its messages show again later. */
  | {
      readonly kind: 'handled'
      readonly process: string
      readonly instances: readonly string[]
      readonly messages: number
      readonly returned: number
      readonly ms: number
    }
  /** An invocation threw, timed out or died with its environment: all its messages show again after their visibility timeout. */
  | {
      readonly kind: 'failed'
      readonly process: string
      readonly instances: readonly string[]
      readonly messages: number
      readonly reason: string
      readonly ms: number
    }
  /** The function was invoked directly; `reason` where it threw, timed out or died. */
  | { readonly kind: 'called'; readonly process: string; readonly ms: number; readonly reason?: string }
  /** A web function was asked; `path` has the query. `reason` where the response is not its own: it threw, timed out, died, or was not asked. */
  | {
      readonly kind: 'served'
      readonly process: string
      readonly method: string
      readonly path: string
      readonly status: number
      readonly ms: number
      readonly reason?: string
    }
  /** The dead-letter queue took messages; `total` is what it holds now. */
  | { readonly kind: 'dead-lettered'; readonly process: string; readonly messages: number; readonly total: number }
  /** An environment ended while nothing ran or did not load, or a queue is gone; it is tried again after `retryMs`. */
  | { readonly kind: 'ended'; readonly process: string; readonly reason: string; readonly retryMs: number }
  /** A handler wrote a line. */
  | { readonly kind: 'output'; readonly process: string; readonly line: string }
