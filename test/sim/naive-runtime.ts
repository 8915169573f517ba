// A handler as most teams write it first: handle, write, send, delete. It shows that the simulator finds what is wrong with it.

import type { Process } from '../../lib/core/definition.ts'
import { deduplicationOf, shardOf } from '../../lib/core/digest.ts'
import { envelopeOf } from '../../lib/core/effect.ts'
import { decodeBundle, type Envelope, encodeEnvelope } from '../../lib/core/envelope.ts'
import { draftOf } from '../../lib/core/hop.ts'
import { address } from '../../lib/core/names.ts'
import { blankRecord, decodeRecord, encodeRecord, recordSk } from '../../lib/core/record.ts'
import { handle } from '../../lib/runtime/handle.ts'
import type { Host, Runtime } from '../../lib/runtime/host.ts'

export const naiveRuntime = (process: Process, host: Host): Runtime => ({
  call: () => Promise.reject(new Error('a naive handler takes no calls')),
  receive: async ({ deliveries, deadline }) => {
    const returned: string[] = []
    for (const delivery of deliveries) {
      try {
        for (const arrival of decodeBundle(delivery.body, delivery)) {
          if (arrival.kind === 'message') await handleOne(process, host, arrival.envelope, deadline)
        }
      } catch {
        returned.push(delivery.messageId)
      }
    }
    return { returned }
  },
})

const handleOne = async (process: Process, host: Host, envelope: Envelope, deadline: number): Promise<void> => {
  const { name } = process.contract
  const item = await host.store.get(envelope.to, recordSk)
  const base = item === undefined ? blankRecord(envelope.to) : decodeRecord(item)
  const handler = process.behaviour.on[envelope.type]
  if (typeof handler !== 'function') throw new Error(`${name} has no handler for ${envelope.type}`)
  const { sends, ...after } = await handle(process, host, draftOf(base), {
    envelope,
    as: 'message',
    type: envelope.type,
    handler,
    body: envelope.body,
    attempt: 1,
    deadline,
  })
  const version = base.version + 1
  const at = host.clock.now()
  const { item: next } = encodeRecord({ ...base, ...after, effects: sends, version, at, nonce: host.ids.nonce() })
  await host.store.put(next)
  for (const [index, effect] of sends.entries()) {
    if (effect.kind !== 'send') continue
    const sent = envelopeOf({ process: name, instance: envelope.to, version, at }, index, effect)
    const receiver = address(effect.process, effect.to)
    const entry = { id: '0', body: encodeEnvelope(sent), group: effect.to, deduplication: deduplicationOf(sent.id, receiver) }
    const failed = await host.mailbox.send(
      { role: 'mailbox', process: effect.process, shard: shardOf(effect.to, host.mailbox.shards(effect.process)) },
      [entry],
    )
    if (failed.size > 0) throw new Error('not sent')
  }
}
