// The ports of one environment of a small world: each call waits until the scheduler chooses it.

import { noMeter } from '../../lib/ports/host.ts'
import type { Entry, Queue } from '../../lib/ports/mailbox.ts'
import type { Condition, Item, PutResult } from '../../lib/ports/store.ts'
import type { Host } from '../../lib/runtime/host.ts'
import type { Deployed } from '../../lib/sim/cloud.ts'
import type { Ledger } from '../../lib/sim/ledger.ts'
import type { Probe } from '../../lib/sim/runs.ts'

/** Time stands still here. */
export const now = Date.UTC(2026, 0, 1)

/** What may befall a call besides being answered; a read that brings nothing leaves what a crash would leave. */
export type CallFault = 'answer lost' | undefined
export type Caller = <T>(label: string, fault: CallFault, perform: () => T) => Promise<T>

interface Site {
  readonly deployed: Deployed
  readonly ledger: Ledger
  readonly probe: Probe
  readonly accept: (queue: Queue, entry: Entry) => void
  readonly call: Caller
  readonly nonce: () => string
}

export const hostOf = ({ deployed: { name, table }, ledger, probe, accept, call, nonce }: Site): Host => {
  const put = (item: Item, condition: Condition | undefined): PutResult => {
    const before = table.get(item.pk, item.sk, now)
    const result = table.put(item, condition, now)
    const address = `${name}/${item.pk}`
    if (result.kind === 'written') ledger.written(name, { item, before, table, ended: probe.ends.get(address) }, now)
    probe.ends.delete(address)
    return result
  }
  return {
    store: {
      get: (pk, sk) => call(`gets ${pk} ${sk}`, undefined, () => table.get(pk, sk, now)),
      put: (item, condition) => call(`puts ${item.pk} ${item.sk}`, 'answer lost', () => put(item, condition)),
      getMany: (pk, sks) => call(`gets ${pk} ${sks.join()}`, undefined, () => sks.flatMap((sk) => table.get(pk, sk, now) ?? [])),
      range: async function* (pk, from, to, { reverse } = {}) {
        yield* await call(`ranges ${pk} ${from}`, undefined, () => table.range(pk, from, to, now, reverse))
      },
      remove: (pk, sk) => call(`removes ${pk} ${sk}`, 'answer lost', () => table.remove(pk, sk)),
    },
    mailbox: {
      shards: () => 1,
      send: (queue, entries) =>
        call(`sends ${entries.length} to ${queue.role} ${queue.process}`, 'answer lost', () => {
          for (const entry of entries) accept(queue, entry)
          return new Map<string, never>()
        }),
      // What is returned shows again at the end of the invocation: a longer backoff is only a later turn.
      hide: async () => {},
    },
    views: { read: async () => undefined },
    // Handlers of a small world await nothing, so that nobody waits but for the next round of a send.
    clock: { now: () => now, after: () => ({ elapsed: call('waits', undefined, () => {}), cancel: () => {} }) },
    ids: { nonce, dice: () => 0.5 },
    log: {
      write: (level, message, fields = {}) => {
        // An error that is no message's fate is a broken invariant.
        if (level === 'error' && fields.code === undefined) ledger.violation('defect', `${message} ${JSON.stringify(fields)}`)
      },
    },
    meter: noMeter,
    turn: () => Promise.resolve(),
    // Time stands still, so that one that is due in an hour may come as soon as one that is due now.
    scheduler: {
      schedule: ({ id, body }) =>
        call('makes a schedule', 'answer lost', () => {
          const { to } = JSON.parse(body) as { readonly to: string }
          accept({ role: 'timer', process: name }, { id: '0', body, group: to, deduplication: id })
        }),
    },
  }
}
