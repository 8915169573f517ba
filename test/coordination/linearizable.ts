// Whether a history could have come about one operation after the other. The search of Wing and Gong, with Lowe's memory of what was
// tried: a set of operations that are done, and the state that they led to, need be looked at once.
//
// J. Wing, C. Gong, "Testing and verifying concurrent objects" (1993); G. Lowe, "Testing for linearizability" (2017).
import { isDeepStrictEqual } from 'node:util'
import type { Operation } from './history.ts'

export interface Model<S> {
  readonly initial: S
  /** The states that an operation may lead to from `state`; none if it cannot have been answered so. Its reply may be unknown. */
  readonly step: (state: S, operation: Operation) => readonly S[]
}

/** @returns an order that explains the history; undefined if there is none */
export const linearize = <S>(history: readonly Operation[], { initial, step }: Model<S>): readonly Operation[] | undefined => {
  const all = history.map((operation) => ({ ...operation, until: operation.return ?? Number.POSITIVE_INFINITY }))
  const tried = new Set<string>()
  const done = all.map(() => false)
  const order: Operation[] = []

  const search = (state: S): boolean => {
    const left = all.filter((_, n) => !done[n])
    if (left.every(({ until }) => until === Number.POSITIVE_INFINITY)) return true
    const key = `${done.map(Number).join('')} ${JSON.stringify(state)}`
    if (tried.has(key)) return false
    tried.add(key)
    // The next one began before any that is left had ended.
    const first = Math.min(...left.map(({ until }) => until))
    return all.some((operation, n) => {
      if (done[n] || operation.call > first) return false
      done[n] = true
      order.push(operation)
      if (step(state, operation).some(search)) return true
      done[n] = false
      order.pop()
      return false
    })
  }
  return search(initial) ? order : undefined
}

interface Versioned {
  readonly version: number
  readonly value: unknown
}

/** A register, as docs/coordination.md has it. */
export const registerModel = (initial: unknown): Model<Versioned> => ({
  initial: { version: 0, value: initial },
  step: (state, { op, value: { request, reply } }) => {
    const agrees = (made: unknown): boolean => reply === undefined || isDeepStrictEqual(made, reply)
    if (op === 'Read') return agrees({ version: state.version, value: state.value }) ? [state] : []
    const { version, value } = request as Versioned
    if (version !== state.version) return agrees({ set: false, ...state }) ? [state] : []
    return agrees({ set: true, version: version + 1 }) ? [{ version: version + 1, value }] : []
  },
})

interface Held {
  readonly token: number
  /** undefined: given back or expired, as far as the history tells. */
  readonly holder?: string
}

/**
 * A lease as seen by some of those who want it: the others, and the timers, do what they do in between. Whoever holds it does so under a
 * token greater than all before, and nobody holds it under an older one any more.
 */
export const leaseModel: Model<Held> = {
  initial: { token: 0 },
  step: (state, { op, value: { request, reply } }) => {
    const { holder, token } = request as { readonly holder: string; readonly token: number }
    const holds = state.holder === holder && state.token === token
    const free = { token: state.token }
    if (reply === undefined) return op === 'Release' && holds ? [state, free] : [state]
    if (op === 'Acquire') return acquired(state, holder, reply)
    const { ttl, released } = reply as { readonly released?: boolean; readonly ttl?: number }
    if (ttl !== undefined) return holds ? [state] : []
    if (released === true) return holds ? [free] : []
    return [holds ? free : state]
  },
}

const acquired = (state: Held, holder: string, reply: unknown): readonly Held[] => {
  const { held, token } = reply as { readonly held?: boolean; readonly token?: number }
  if (held !== true || token === undefined) return [state]
  const again = state.holder === holder && state.token === token
  return again || token > state.token ? [{ token, holder }] : []
}
