// What a hop costs in calls (I9), counted on the clean path.
import { describe, expect, test } from '@jest/globals'
import { seenWindowMax } from '../../lib/core/limits.ts'
import type { Delivery } from '../../lib/ports/mailbox.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import { again, deliver, delivery, envelope, keyed, type MemoryHost, memoryHost } from './memory-host.ts'
import { counter, environment, forwarding, stateOf } from './processes.ts'

/** Calls that a batch takes: reads, queries, writes, removes, sends. */
const cost = async (runtime: Runtime, host: MemoryHost, deliveries: readonly Delivery[]) => {
  const before = { ...host.calls }
  await deliver(runtime, host, deliveries)
  const { reads, ranges, writes, removes, sends } = host.calls
  return {
    reads: reads - before.reads,
    ranges: ranges - before.ranges,
    writes: writes - before.writes,
    removes: removes - before.removes,
    sends: sends - before.sends,
  }
}
const none = { reads: 0, ranges: 0, writes: 0, removes: 0, sends: 0 }
const one = () => [delivery(envelope())]
const ten = () => Array.from({ length: 10 }, () => delivery(envelope()))

describe('what a hop costs', () => {
  test('a current cache hit: no read, one write', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(forwarding))
    await deliver(runtime, host, one())
    expect(await cost(runtime, host, one())).toEqual({ ...none, writes: 1, sends: 1 })
  })

  test('cold with effects: one read and two writes; without: one read and one write', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, one())
    expect(await cost(environment(host, counter(forwarding)), host, one())).toEqual({ ...none, reads: 1, writes: 2, sends: 1 })
    expect(await cost(environment(host), host, one())).toEqual({ ...none, reads: 1, writes: 1 })
  })

  test('a new instance: one read, one write, and one where it sends', async () => {
    const host = memoryHost()
    expect(await cost(environment(host), host, one())).toEqual({ ...none, reads: 1, writes: 1 })
    expect(await cost(environment(host, counter(forwarding)), host, [delivery(envelope({ to: '43' }))])).toEqual({
      ...none,
      reads: 1,
      writes: 2,
      sends: 1,
    })
  })

  test('a batch of ten to one instance: the same as one', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(forwarding))
    await deliver(runtime, host, one())
    expect(await cost(runtime, host, ten())).toEqual({ ...none, writes: 1, sends: 1 })
    expect(stateOf(host)).toEqual({ count: 11 })
  })

  test('a duplicate writes nothing, warm or cold', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    const [same] = one() as [Delivery]
    await deliver(runtime, host, [same])
    expect(await cost(runtime, host, [again(same)])).toEqual(none)
    expect(await cost(environment(host), host, [again(same)])).toEqual({ ...none, reads: 1 })
  })

  test('a client’s key once keys were evicted: one read more', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    for (let n = 0; n <= seenWindowMax; n++) await deliver(runtime, host, [delivery(keyed(`key-${n}`))])
    expect(await cost(runtime, host, [delivery(keyed('new'))])).toEqual({ ...none, reads: 1, writes: 1 })
  })

  test('a process’s message after evictions: nothing more', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    for (let n = 0; n <= seenWindowMax; n++) await deliver(runtime, host, [delivery(envelope({ at: host.clock.now() + n }))])
    expect(await cost(runtime, host, [delivery(envelope({ at: host.clock.now() + 1000 }))])).toEqual({ ...none, writes: 1 })
  })

  test('a lost race: one write more', async () => {
    const host = memoryHost()
    const [stale, other] = [environment(host), environment(host)]
    await deliver(stale, host, one())
    await deliver(other, host, one())
    expect(await cost(stale, host, one())).toEqual({ ...none, writes: 2 })
  })

  test('a redelivered message: its attempt ahead and its commit', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    await deliver(runtime, host, one())
    expect(
      await cost(
        runtime,
        host,
        one().map((message) => again(message)),
      ),
    ).toEqual({ ...none, writes: 2 })
  })

  test('ten thousand messages to one instance: as flat at the end as at the beginning', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    const thousands: (typeof none)[] = []
    const early = envelope({ at: host.clock.now() })
    await deliver(runtime, host, [delivery(early)])
    for (let thousand = 0; thousand < 10; thousand++) {
      const before = { ...host.calls }
      for (let n = 0; n < 1000; n += 5) {
        host.advance(10)
        await runtime.receive({
          deliveries: Array.from({ length: 5 }, () => delivery(envelope({ at: host.clock.now() }))),
          deadline: host.clock.now() + 30_000,
        })
      }
      thousands.push({
        ...none,
        reads: host.calls.reads - before.reads,
        writes: host.calls.writes - before.writes,
        ranges: host.calls.ranges - before.ranges,
      })
    }
    const first = thousands[1] as typeof none
    for (const each of thousands.slice(1)) {
      expect(each.reads + each.ranges).toBe(0)
      expect(Math.abs(each.writes - first.writes)).toBeLessThanOrEqual(2)
    }
    expect(first.writes).toBeLessThan(200 * 1.3)
    expect(stateOf(host)).toEqual({ count: 10_001 })
    expect(JSON.stringify(host.items.get('42 record')).length).toBeLessThan(5000)
  }, 60_000)

  test('a duplicate far behind the floor is dropped, by a look-up that does not grow with the instance', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    const message = (n: number) => envelope({ id: `shop/1/${n}/0`, at: host.clock.now() })
    const firsts = Array.from({ length: 30 }, (_, n) => delivery(message(n)))
    for (const first of firsts) {
      host.advance(10)
      await deliver(runtime, host, [first])
    }
    for (let n = 0; n < 2000; n++) {
      host.advance(10)
      await runtime.receive({ deliveries: [delivery(envelope({ at: host.clock.now() }))], deadline: host.clock.now() + 30_000 })
    }
    let read = 0
    const { store } = host
    const counting = environment({
      ...host,
      store: {
        ...store,
        range: async function* (...range) {
          for await (const item of store.range(...range)) {
            read += 1
            yield item
          }
        },
      },
    })
    for (const first of firsts) expect(await deliver(counting, host, [again(first)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2030 })
    expect(read).toBeLessThanOrEqual(2 * firsts.length)
    read = 0
    // A message that is late and new, from a sender whose clock is slow.
    await deliver(counting, host, [delivery(envelope({ at: host.clock.now() - 2000 * 10 }))])
    expect(stateOf(host)).toEqual({ count: 2031 })
    expect(read).toBeLessThanOrEqual(3)
  })
})
