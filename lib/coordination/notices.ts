// Notices: what these processes tell others of their own accord, and the contracts that take them.
import { CallFailed } from '../core/call.ts'
import type { Contract, Senders } from '../core/contract.ts'
import type { Deploy } from '../core/definition.ts'
import { instanceIdFault } from '../core/names.ts'
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
  /** Sends, with the commit: `teller.to(holder)?.Lost({ … })`. Undefined where there is nobody to tell, or no way to since a deploy. */
  readonly to: (one: Instance | undefined) => Senders<N, never, void> | undefined
  /** @throws CallFailed if there is no way to tell this one */
  readonly demand: (one: Instance | undefined) => void
}

/** @param takers whom the process uses @param ctx of the handler */
export const tellerOf = <N extends Schemas>(
  takers: readonly Taker<N>[],
  ctx: { readonly send: (to: Taker<N>, id: string) => Senders<N, never, void> },
): Teller<N> => {
  const takerOf = ({ process }: Instance): Taker<N> | undefined => takers.find(({ name }) => name === process)
  return {
    to: (one) => {
      const taker = one && takerOf(one)
      return one && taker && ctx.send(taker, one.id)
    },
    demand: (one) => {
      if (one === undefined) return
      if (takerOf(one) === undefined)
        throw new CallFailed(
          'not-told',
          `${one.process} cannot be told: name its contract where this process is made, and deploy`,
        )
      const fault = instanceIdFault(one.id)
      if (fault !== undefined) throw new CallFailed('not-told', `${fault} (got ${JSON.stringify(one.id.slice(0, 60))})`)
    },
  }
}

/** The contracts of an option, whose types have seen that they take the notices. */
export const takersIn = <N extends Schemas>(given: readonly unknown[] | undefined): readonly Taker<N>[] =>
  (given ?? []) as readonly Taker<N>[]

/** Unless its user says otherwise, a message that failed for good holds up none of the others. */
export const deployOf = (deploy: Deploy = {}): Deploy => ({ onFailure: 'setAside', ...deploy })
