// Notices: what these processes tell others of their own accord, and the contracts that take them.
import { CallFailed } from '../core/call.ts'
import type { Contract, Senders } from '../core/contract.ts'
import type { In, Out, Schemas } from '../core/schema.ts'
import { object, text } from './shape.ts'

/** Names an instance, as `ctx.self` does. */
export const instance = object({ process: text, id: text })
export type Instance = Out<typeof instance>

type Lacks<C extends Contract, N extends Schemas> = {
  [T in keyof N & string]: T extends keyof C['messages'] ? (Out<N[T]> extends In<C['messages'][T]> ? never : T) : T
}[keyof N & string]

/** Contracts that take all notices `N`; for one that does not, a sentence that the compiler shows. */
export type Takers<N extends Schemas, U extends readonly Contract[]> = {
  readonly [I in keyof U]: [Lacks<U[I], N>] extends [never]
    ? U[I]
    : `${U[I]['name']} does not take ${Lacks<U[I], N>}: spread the notices into its messages`
}

/** A contract that takes the notices `N`. */
export type Taker<N extends Schemas> = Contract<string, N>

/** What a process may have to tell, to whom. */
export interface Teller<N extends Schemas> {
  /** Sends, with the commit: `teller.to(holder).Lost({ … })`. */
  readonly to: (one: Instance) => Senders<N, never, void>
  /** @throws CallFailed if there is no way to tell this one */
  readonly demand: (one: Instance | undefined) => void
}

/** @param takers whom the process uses @param ctx of the handler */
export const tellerOf = <N extends Schemas>(
  takers: readonly Taker<N>[],
  ctx: { readonly send: (to: Taker<N>, id: string) => Senders<N, never, void> },
): Teller<N> => {
  const find = ({ process }: Instance): Taker<N> => {
    const taker = takers.find(({ name }) => name === process)
    if (taker !== undefined) return taker
    throw new CallFailed('not-told', `${process} cannot be told: name its contract where this process is made, and deploy`)
  }
  return {
    to: (one) => ctx.send(find(one), one.id),
    demand: (one) => {
      if (one !== undefined) find(one)
    },
  }
}

/** The contracts of an option, whose types have seen that they take the notices. */
export const takersIn = <N extends Schemas>(given: readonly unknown[] | undefined): readonly Taker<N>[] =>
  (given ?? []) as readonly Taker<N>[]
