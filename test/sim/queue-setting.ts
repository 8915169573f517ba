// Queues for tests: ids by number, dice from a seed, time from 1,000,000.

import { QueueModel } from '../../lib/sim/queue.ts'
import type { QueueChange } from '../../lib/sim/queue-change.ts'
import type { ReceivedMessage } from '../../lib/sim/queue-message.ts'
import type { QueueSettings } from '../../lib/sim/queue-settings.ts'

export const start = 1_000_000
export const minute = 60_000
export const day = 24 * 3600 * 1000

export interface Setting extends Partial<QueueSettings> {
  readonly shuffle?: boolean
  readonly changed?: (change: QueueChange) => void
}

let ids = 0
export const standard = ({ shuffle = false, changed, ...settings }: Setting = {}): QueueModel => {
  let seed = 1
  const chance = {
    newId: () => `id-${++ids}`,
    dice: () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    },
  }
  const defaults = { name: 'orders', fifo: false, visibilitySeconds: 30, retentionSeconds: 4 * 24 * 3600 }
  return new QueueModel({ ...defaults, ...settings }, chance, { shuffle, ...(changed !== undefined && { changed }) })
}
export const fifo = (setting: Setting = {}): QueueModel =>
  standard({ name: 'orders.fifo', fifo: true, contentBasedDeduplication: true, ...setting })

export const bodies = (messages: readonly ReceivedMessage[]): string[] => messages.map((message) => message.body)
export const only = (messages: readonly ReceivedMessage[]): ReceivedMessage => {
  const [message] = messages
  if (messages.length !== 1 || message === undefined) throw new Error(`expected one message, got ${messages.length}`)
  return message
}
