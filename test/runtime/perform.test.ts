// What commits send: bundled, merged, repeated byte by byte, and held back where something fails.
import { describe, expect, test } from '@jest/globals'
import { shardOf } from '../../lib/core/digest.ts'
import { batchEntriesMax, messageBytesMax } from '../../lib/core/limits.ts'
import type { Entry } from '../../lib/ports/mailbox.ts'
import {
  again,
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  type MemoryHost,
  memoryHost,
  onCalls,
  passing,
} from './memory-host.ts'
import { type Add, Audit, counter, environment, forwarding, Ledger, mailed, standing, stateOf } from './processes.ts'

const fanOut =
  (receivers: number): Add =>
  (ctx) => {
    for (let n = 0; n < receivers; n++) ctx.send(Ledger, `to-${n}`).Add({ by: n })
  }
const bytesOf = (entries: readonly Entry[]) => entries.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
const types = (host: MemoryHost) =>
  mailed(host).map(({ body }) => [JSON.parse(body)].flat().map((one) => one.body.by ?? one.body.text))

describe('what a commit sends', () => {
  test('to one receiver is one queue message, in the order of sending', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      ctx.send(Ledger, 'a').Add({ by: 1 })
      ctx.send(Audit, 'a').Note({ text: 'x' })
      ctx.send(Ledger, 'a').Add({ by: 2 })
    })
    await deliver(environment(host, process), host, [delivery(envelope()), delivery(envelope())])
    expect(types(host)).toEqual([
      [1, 2, 1, 2],
      ['x', 'x'],
    ])
    expect(mailed(host).map(({ group }) => group)).toEqual(['a', 'a'])
    expect(host.calls.sends).toBe(2)
  })

  test('of several instances is merged per queue', async () => {
    const host = memoryHost()
    const batch = Array.from({ length: 10 }, (_, n) => delivery(envelope({ to: `i${n}` })))
    await deliver(environment(host, counter(forwarding)), host, batch)
    expect(host.batches.map((entries) => entries.length)).toEqual([10])
  })

  test('to many is cut into batches of ten', async () => {
    const host = memoryHost()
    await deliver(environment(host, counter(fanOut(25))), host, [delivery(envelope())])
    expect(host.batches.map((entries) => entries.length)).toEqual([10, 10, 5])
  })

  test('stays under a mebibyte a batch and a message', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      for (let n = 0; n < 12; n++) ctx.send(Ledger, `to-${n % 3}`).Add({ text: 'x'.repeat(300_000) })
    })
    await deliver(environment(host, process), host, [delivery(envelope())])
    for (const entries of host.batches)
      expect([entries.length <= batchEntriesMax, bytesOf(entries) <= messageBytesMax]).toEqual([true, true])
    expect(mailed(host).flatMap(({ body }) => [JSON.parse(body)].flat())).toHaveLength(12)
  })

  test('is sent again byte by byte: bodies, groups, deduplication ids', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      ctx.send(Ledger, 'a').Add({ by: ctx.random(), text: 'é\u2028\uffff"\\' })
      ctx.send(Ledger, 'a').Add({ by: 2 })
      ctx.send(Audit, 'b').Note({ text: ctx.newId() })
    })
    const one = delivery(envelope())
    host.hooks.send = onCalls(
      (entries: readonly Entry[]) => entries.length > 0,
      () => 'answer-lost',
      8,
    )
    expect(await deliver(environment(host, process), host, [one])).toEqual([one])
    host.advance(3_600_000)
    await deliver(environment(host, process), host, [again(one)])
    const distinct = new Set(
      host.sent.map(({ queue, entry: { body, group, deduplication } }) => JSON.stringify([queue, body, group, deduplication])),
    )
    expect(host.sent.length).toBeGreaterThan(2)
    expect(distinct.size).toBe(2)
  })

  test('goes to the shard of its receiver, and to no other', async () => {
    const host = memoryHost()
    host.shards.set('ledger', 4)
    await deliver(environment(host, counter(fanOut(40))), host, [delivery(envelope())])
    const shardsOf = new Map(host.sent.map(({ queue, entry }) => [entry.group, queue.shard]))
    expect(new Set(shardsOf.values())).toEqual(new Set([0, 1, 2, 3]))
    await deliver(environment(host, counter(fanOut(40))), host, [delivery(envelope())])
    for (const { queue, entry } of host.sent) expect(queue.shard).toBe(shardsOf.get(entry.group))
    for (const [group, shard] of shardsOf) expect(shardOf(group, 4)).toBe(shard)
  })

  test('has another deduplication id for each receiver and each commit', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(fanOut(3)))
    await deliver(runtime, host, [delivery(envelope())])
    await deliver(runtime, host, [delivery(envelope())])
    expect(new Set(mailed(host).map(({ deduplication }) => deduplication)).size).toBe(6)
  })
})

describe('an entry that fails', () => {
  const toLedger = (host: MemoryHost, which: (entry: Entry) => boolean, times: number) => {
    host.hooks.send = onCalls(
      (entries: readonly Entry[]) => entries.some(which),
      (entries) => ({ failed: entries.filter(which) }),
      times,
    )
  }

  test('is tried again within the invocation, the rest is not', async () => {
    const host = memoryHost()
    toLedger(host, ({ group }) => group === 'b', 2)
    const batch = ['a', 'b', 'c'].map((to) => delivery(envelope({ to })))
    expect(await deliver(environment(host, counter(forwarding)), host, batch)).toEqual([])
    expect(host.batches.map((entries) => entries.map(({ group }) => group))).toEqual([['a', 'b', 'c'], ['b'], ['b']])
  })

  test('for good returns the messages of its sender only, and they are not acknowledged', async () => {
    const host = memoryHost()
    toLedger(host, ({ group }) => group === 'b', 100)
    const batch = ['a', 'b', 'c', 'b'].map((to) => delivery(envelope({ to })))
    const process = counter(forwarding)
    expect(await deliver(environment(host, process), host, batch)).toEqual([batch[1], batch[3]])
    expect(standing(host, 'b')?.effects).toHaveLength(2)
    host.hooks.send = undefined
    expect(
      await deliver(
        environment(host, process),
        host,
        [batch[1], batch[3]].map((one) => again(one as never)),
      ),
    ).toEqual([])
    expect(stateOf(host, 'b')).toEqual({ count: 2 })
    expect(mailed(host).filter(({ group }) => group === 'b')).toHaveLength(1)
  })

  test('holds back what its sender has for the same receiver', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      for (let n = 0; n < 4; n++) ctx.send(Ledger, 'a').Add({ by: n, text: 'x'.repeat(600_000) })
    })
    toLedger(host, () => true, 2)
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(types(host)).toEqual([[0], [1], [2], [3]])
    for (const entries of host.batches) expect(new Set(entries.map(({ group }) => group)).size).toBe(entries.length)
  })

  test('by a send of which nothing is known counts as not sent', async () => {
    const host = memoryHost()
    host.hooks.send = passing
    const one = delivery(envelope())
    expect(await deliver(environment(host, counter(forwarding)), host, [one])).toEqual([one])
    expect(host.calls.sends).toBeLessThan(10)
    host.hooks.send = undefined
    expect(await deliver(environment(host, counter(forwarding)), host, [again(one)])).toEqual([])
    expect(mailed(host)).toHaveLength(1)
  })

  test('for one queue does not keep another queue waiting', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      ctx.send(Ledger, 'a').Add({ by: 1 })
      ctx.send(Audit, 'a').Note({ text: 'x' })
    })
    host.hooks.send = (entries, { process: name }) => (name === 'ledger' ? { failed: entries } : undefined)
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(host.sent.map(({ queue }) => queue.process)).toEqual(['audit'])
  })

  test('to the dead-letter queue keeps the failing message on the mailbox until the copy is there', async () => {
    const host = memoryHost()
    host.hooks.send = passing
    const one = delivery(envelope({ type: 'Unknown' }))
    expect(await deliver(environment(host), host, [one])).toEqual([one])
    host.hooks.send = undefined
    expect(await deliver(environment(host), host, [again(one)])).toEqual([])
    expect(host.sent.map(({ queue }) => queue.role)).toEqual(['deadLetter'])
  })

  test('nothing is acknowledged before it is sent', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(forwarding))
    let acknowledged = false
    host.hooks.send = async () => {
      await new Promise(setImmediate)
      expect(acknowledged).toBe(false)
      return undefined
    }
    await runtime.receive({ deliveries: [delivery(envelope())], deadline: host.clock.now() + 1000 })
    acknowledged = true
    expect(mailed(host)).toHaveLength(1)
  })
})

describe('order', () => {
  test('what one instance sends another arrives in order, whatever fails in between', async () => {
    const host = memoryHost()
    const process = counter(forwarding)
    let runtime = environment(host, process)
    let sends = 0
    // Every third send is lost, every fifth is done and its answer lost, every seventh kills.
    host.hooks.send = () => {
      sends += 1
      if (sends % 7 === 0) return died()
      if (sends % 3 === 0) return passing()
      return sends % 5 === 0 ? 'answer-lost' : undefined
    }
    for (let n = 0; n < 40; n++) {
      const one = delivery(envelope())
      for (let count = 1; count < 9 && stateOf(host)?.count !== n + 1; count++) {
        await deliverAndDie(runtime, host, [again(one, count)])
        for (let turn = 0; turn < 20 && host.advanceToTimer(); turn++) await new Promise(setImmediate)
        if (sends % 7 === 0) runtime = environment(host, process)
      }
    }
    await deliver(environment(host, process), host, [delivery(envelope())])
    const first = [...new Set(mailed(host).flatMap(({ body }) => [JSON.parse(body)].flat().map((one) => one.body.by)))]
    expect(first).toEqual([...first].sort((a, b) => a - b))
    expect(first).toHaveLength(41)
  })
})
