// What a process does about a type of message or call.
import type { Process, Reaction } from '../core/definition.ts'

/** Undefined if it does nothing: what comes from outside may be called "constructor". */
export const reactionOf = ({ behaviour, contract }: Process, type: string): Reaction | undefined => {
  const reactions = (Object.hasOwn(contract.calls, type) ? behaviour.answer : behaviour.on) ?? {}
  return Object.hasOwn(reactions, type) ? reactions[type] : undefined
}
