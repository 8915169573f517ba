// Faults of handlers that the plan asks for: what they throw, and which messages make them fail for good.
import type { Stage } from './stage.ts'

type Poison = 'poison' | 'deadly'
type HandlerFault = 'handlerThrows' | 'handlerHangs' | Poison

/** What handlers throw by the plan. */
export const planned = { handlerThrows: new Error('planned: thrown once'), poison: new Error('planned: thrown always') } as const
/** The share of poison that ends the environment instead of throwing. */
const deadlyShare = 0.3

/**
 * What the plan does to this try of a handler. What is thrown at random is thrown at the first tries only, so that it does not by chance
 * fail for good; `poison` is what does.
 */
export const faultOf = ({ attempt }: { readonly attempt: number }, key: string, stage: Stage): HandlerFault | undefined => {
  const poison = poisonOf(key, stage)
  if (poison !== undefined || attempt > 2) return poison
  return (['handlerThrows', 'handlerHangs'] as const).find((fault) => stage.faults.strikes(fault, key))
}

/** Whether the plan has the code not fit the journal of the flow that this message began. */
export const isMisfit = (key: string, { faults, random }: Stage): boolean => {
  const { misfit } = faults.plan
  if (misfit === 0 || random.stream(`misfit ${key}`).next() >= misfit || faults.isMended(key)) return false
  faults.happened('misfit')
  return true
}

/** Whether the plan makes this message fail for good, and how. @param share of what the plan says, where all of it would be too much */
export const poisonOf = (key: string, { faults, random, ledger }: Stage, share = 1): Poison | undefined => {
  const poison = faults.plan.poison * share
  const draw = poison > 0 ? random.stream(`poison ${key}`).next() : 1
  if (draw >= poison || faults.isMended(key)) return undefined
  faults.happened('poison')
  ledger.poisoned.add(key)
  return draw < poison * deadlyShare ? 'deadly' : 'poison'
}
