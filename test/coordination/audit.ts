// Processes under audit: each keeps, in its own state, what each message made of it. The log is committed with the state or not at all, so
// its order is the order of commits.

import { parse, type Schema } from '../../lib/core/schema.ts'
import type { Process } from '../../lib/index.ts'
import type { World } from '../../lib/sim/index.ts'

/** What one message did. */
export interface Entry<S = unknown> {
  readonly type: string
  readonly body: unknown
  /** What it was answered, if it was a call. */
  readonly reply?: unknown
  readonly before: S
  readonly after: S
}
interface Audited {
  inner: unknown
  log: Entry[]
}
interface AuditedContext {
  state: Audited
}
type Handler = (ctx: object, body: unknown) => unknown

/** @param always types that are logged although they change nothing */
export const audited = (process: Process, always: readonly string[] = []): Process => {
  const watched = (type: string, handler: Handler) => (ctx: AuditedContext, body: unknown) => {
    const { inner, log } = ctx.state
    const before = JSON.stringify(inner)
    const seen = Object.create(ctx, { state: { value: inner, writable: true } }) as { state: unknown }
    const reply = handler(seen, body)
    const after = JSON.stringify(seen.state)
    if (before === after && !always.includes(type)) return reply
    const entry = { type, body, ...(reply !== undefined && { reply }), before: JSON.parse(before), after: JSON.parse(after) }
    ctx.state = { inner: seen.state, log: [...log, entry] }
    return reply
  }
  const all = (handlers: object) =>
    Object.fromEntries(Object.entries(handlers).map(([type, handler]) => [type, watched(type, handler as Handler)]))
  const { behaviour } = process
  return {
    ...process,
    state: carrying(process.state),
    behaviour: {
      ...behaviour,
      initial: (id) => ({ inner: behaviour.initial(id), log: [] }),
      on: all(behaviour.on),
      ...(behaviour.answer && { answer: all(behaviour.answer) }),
      ...(behaviour.view && { view: ({ inner }: Audited, id: string) => behaviour.view?.(inner as never, id) }),
    },
  }
}

const carrying = (inner: Schema): Schema => ({
  '~standard': {
    version: 1,
    vendor: 'audit',
    validate: (value) => {
      const given = value as Audited
      const parsed = parse(inner, given.inner)
      return parsed.kind === 'valid'
        ? { value: { inner: parsed.value, log: given.log } }
        : { issues: [{ message: parsed.issues }] }
    },
  },
})

/** The logs of all instances of a process that is under audit, by id. `S`: its state. */
export const logsOf = <S>(world: World, process: string): readonly (readonly [id: string, log: readonly Entry<S>[]])[] =>
  Object.entries(world.states()[process] ?? {}).map(([id, state]) => [id, (state as { log: Entry<S>[] }).log] as const)
