// What an instance is yet to do, and what it holds, as `gavotte inspect` says it.
import type { Effect } from '../core/effect.ts'
import type { Held } from '../core/held.ts'
import { isoOf } from './operator.ts'

export const heldText = ({ id, process, to, due }: Held): string =>
  due === undefined ? `${id} to ${process}/${to}` : `${id}, a timer, due ${isoOf(due)}`

/** @param messages as `heldText` says them */
export const heldLines = ({ messages, standsStill }: { readonly messages: readonly string[]; readonly standsStill: boolean }) => [
  `held      ${messages.length} messages that could not be sent${standsStill ? ', and it stands still on them' : ''}; see gavotte failed`,
  ...messages.map((line) => `  ${line}`),
]

export const effectText = (effect: Effect): string => {
  switch (effect.kind) {
    case 'send':
      return `send ${effect.type} to ${effect.process}/${effect.to}`
    case 'timer':
      return `timer ${effect.name}, due ${isoOf(effect.due)}`
    case 'forward':
      return `send ${effect.id} to ${effect.process}/${effect.to}, which was held`
    case 'stash':
      return `stash as ${effect.number}`
    case 'resolve':
      return `${effect.how} ${effect.id}`
    case 'row':
      return `${effect.value === undefined ? 'delete' : 'put'} the row ${effect.key}`
    case 'fail':
      return `dead-letter ${effect.failure.id}`
  }
}
