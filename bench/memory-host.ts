// A host whose ports are maps and counters: what is left to measure is the framework.
import type { Item } from '../lib/core/item.ts'
import { noMeter } from '../lib/ports/host.ts'
import type { Delivery, Entry, Queue } from '../lib/ports/mailbox.ts'
import type { Condition, PutResult } from '../lib/ports/store.ts'
import type { Host } from '../lib/runtime/host.ts'

export interface MemoryHost {
  readonly host: Host
  /** Messages sent and not yet taken. */
  readonly sent: { readonly queue: Queue; readonly entry: Entry }[]
}

export const memoryHost = (): MemoryHost => {
  const items = new Map<string, Item>()
  const sent: MemoryHost['sent'] = []
  const key = (pk: string, sk: string): string => `${pk} ${sk}`
  let nonces = 0
  const host: Host = {
    store: {
      get: async (pk, sk) => items.get(key(pk, sk)),
      put: async (item, condition) => {
        const old = items.get(key(item.pk, item.sk))
        if (condition !== undefined && !stands(old, condition)) return { kind: 'refused', item: old } satisfies PutResult
        items.set(key(item.pk, item.sk), item)
        return { kind: 'written' }
      },
      getMany: async (pk, sks) => sks.flatMap((sk) => items.get(key(pk, sk)) ?? []),
      range: async function* (pk, from, to) {
        yield* [...items.values()].filter((item) => item.pk === pk && item.sk >= from && item.sk <= to)
      },
      remove: async (pk, sk) => void items.delete(key(pk, sk)),
    },
    mailbox: {
      shards: () => 1,
      send: async (queue, entries) => {
        for (const entry of entries) sent.push({ queue, entry })
        return new Map()
      },
      hide: async () => {},
    },
    views: { read: async () => undefined },
    clock: { now: () => Date.now(), after: () => ({ elapsed: new Promise(() => {}), cancel: () => {} }) },
    ids: { nonce: () => String(nonces++), dice: () => 0.5 },
    log: { write: () => {} },
    meter: noMeter,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    scheduler: { schedule: async () => {} },
  }
  return { host, sent }
}

const stands = (old: Item | undefined, condition: Condition): boolean => {
  if (condition.kind === 'absent') return old === undefined
  if (condition.kind === 'older') return !(Number(old?.attributes.version) >= condition.version)
  return old?.attributes.version === condition.version && old.attributes.nonce === condition.nonce
}

/** An entry as a queue would deliver it for the first time. */
export const deliveryOf = ({ body, deduplication }: Pick<Entry, 'body' | 'deduplication'>, n: number): Delivery => ({
  messageId: String(n),
  receipt: String(n),
  body,
  receiveCount: 1,
  sentAt: Date.now(),
  deduplication,
})
