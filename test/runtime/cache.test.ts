// The warm cache: when it is trusted, and what never rests on its word.
import { describe, expect, test } from '@jest/globals'
import { blankRecord } from '../../lib/core/record.ts'
import { WarmCache } from '../../lib/runtime/cache.ts'
import { deliver, delivery, envelope, memoryHost } from './memory-host.ts'
import { counter, environment, forwarding, keptReasons, mailed, stateOf } from './processes.ts'

const record = (instance: string, state = '{}') => ({ ...blankRecord(instance), exists: true, state })

describe('the warm cache', () => {
  test('reads first after many stale hits, and trusts again later', async () => {
    const host = memoryHost()
    const [observed, other] = [environment(host), environment(host)]
    const readsOf = async (rival: boolean) => {
      if (rival) await deliver(other, host, [delivery(envelope())])
      const { reads } = host.calls
      await deliver(observed, host, [delivery(envelope())])
      return host.calls.reads - reads
    }
    await readsOf(false)
    const overtaken: number[] = []
    for (let n = 0; n < 40; n++) overtaken.push(await readsOf(true))
    expect([overtaken[0], overtaken.at(-1)]).toEqual([0, 1])
    const alone: number[] = []
    for (let n = 0; n < 40; n++) alone.push(await readsOf(false))
    expect([alone[0], alone.at(-1)]).toEqual([1, 0])
    expect(stateOf(host)).toEqual({ count: 121 })
  })

  test('forgets the longest unused first, and stays within its bounds', () => {
    const cache = new WarmCache()
    for (let n = 0; n < 3000; n++) cache.set(record(`i${n}`))
    expect([cache.get('i0'), cache.get('i999'), cache.get('i1000')?.instance]).toEqual([undefined, undefined, 'i1000'])
    for (let n = 0; n < 20; n++) cache.set(record(`large${n}`, 'x'.repeat(4_000_000)))
    expect([cache.get('i2999'), cache.get('large12'), cache.get('large19')?.instance]).toEqual([undefined, undefined, 'large19'])
  })

  test('does not hold what was sent and is done', () => {
    const cache = new WarmCache()
    const sent = {
      kind: 'send',
      process: 'ledger',
      to: 'x',
      type: 'Add',
      body: 'what is sent',
      trace: 't',
      cause: 'c',
      hops: 1,
    } as const
    cache.set({ ...record('42'), effects: [sent] })
    expect(cache.get('42')?.effects).toEqual([])
  })

  test('of an environment that could not send what it committed is not believed', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(forwarding))
    await deliver(runtime, host, [delivery(envelope())])
    host.hooks.send = (entries) => ({ failed: entries })
    await deliver(runtime, host, [delivery(envelope())])
    host.hooks.send = undefined
    await deliver(runtime, host, [delivery(envelope())])
    expect(mailed(host).map(({ body }) => JSON.parse(body).body.by)).toEqual([1, 2, 3])
  })

  test('does not refuse a message that the newest record awaits', async () => {
    const host = memoryHost()
    const process = counter((ctx) => ctx.sendSelf().Tick())
    const [stale, other] = [environment(host, process), environment(host, process)]
    await deliver(stale, host, [delivery(envelope())])
    await deliver(other, host, [delivery(envelope())])
    const ticks = mailed(host).map(({ body }) => delivery(body))
    expect(await deliver(stale, host, ticks.toReversed())).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2002 })
    expect(keptReasons(host)).toEqual([])
  })
})
