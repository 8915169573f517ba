// A semaphore: a number of permits, each held for a time, so that a holder that died does not keep one.
import { type Contract, contract } from '../core/contract.ts'
import type { Deploy, Process } from '../core/definition.ts'
import { Misconfigured } from '../core/errors.ts'
import type { Out } from '../core/schema.ts'
import { type Takers, takersIn } from './notices.ts'
import { permitAnswers, permitProcess } from './permit-process.ts'
import { type HolderNotices, noPermits, permitCalls, type permitState, permitsMax } from './permits.ts'
import { count, object } from './shape.ts'

/** Eventually consistent. */
const view = object({ held: count, waiting: count })
export type SemaphoreView = Out<typeof view>
export type SemaphoreContract<N extends string = string> = Contract<N, {}, typeof permitCalls, typeof view>

/** The contract of a semaphore process under another name. */
export const semaphoreContract = <const N extends string>(name: N): SemaphoreContract<N> =>
  contract(name, { messages: {}, calls: permitCalls, view })

/** Asked like `Lease`; a token names one permit. */
export const Semaphore: SemaphoreContract<'semaphore'> = semaphoreContract('semaphore')

export interface SemaphoreOptions<N extends string, U extends readonly Contract[]> {
  /** Default `Semaphore`. */
  readonly contract?: SemaphoreContract<N>
  /** Permits of each instance, 1 to 400, or by its name. Fewer than before: those that are held run out. */
  readonly permits: number | ((id: string) => number)
  /** Whose instances are told `Granted` and `Lost`: contracts that take `holderNotices`. */
  readonly holders?: U & Takers<HolderNotices, U>
  readonly deploy?: Deploy
}

/**
 * A process whose instances are semaphores: `export const slots = semaphoreProcess({ permits: 3, holders: [Worker] })`.
 * @throws Misconfigured if a number of permits is out of range
 */
export const semaphoreProcess = <const N extends string = 'semaphore', const U extends readonly Contract[] = []>(
  options: SemaphoreOptions<N, U>,
): Process<SemaphoreContract<N>, typeof permitState> => {
  const { permits, deploy } = options
  const own: SemaphoreContract = options.contract ?? Semaphore
  if (typeof permits === 'number') demandPermits(permits)
  const permitsIn = typeof permits === 'number' ? () => permits : (id: string) => demandPermits(permits(id))
  const { definition, rules, on } = permitProcess(own, takersIn(options.holders), { deploy, permitsIn })
  const process = definition.handle({
    initial: noPermits,
    view: ({ held, line }) => ({ held: held.length, waiting: line.length }),
    on,
    answer: permitAnswers(rules),
  })
  return process as Process<SemaphoreContract<N>, typeof permitState>
}

const demandPermits = (permits: number): number => {
  if (Number.isInteger(permits) && permits >= 1 && permits <= permitsMax) return permits
  throw new Misconfigured('illegal-permits', `${permits} permits: a semaphore has 1 to ${permitsMax}`)
}
