// Commits that are lost, doubted or overtaken, and environments that die around them.
import { describe, expect, test } from '@jest/globals'
import type { Item } from '../../lib/core/item.ts'
import { again, deliver, deliverAndDie, delivery, died, envelope, isCommit, memoryHost, onCalls, passing } from './memory-host.ts'
import { attemptsOf, counter, environment, forwarding, mailed, standing, stateOf } from './processes.ts'

describe('commits', () => {
  test('a write that never happened is repeated by redelivery', async () => {
    const host = memoryHost()
    host.hooks.put = onCalls(isCommit, passing)
    const one = delivery(envelope())
    const runtime = environment(host, counter(forwarding))
    expect(await deliver(runtime, host, [one])).toEqual([one])
    expect(stateOf(host)).toBeUndefined()
    expect(await deliver(runtime, host, [again(one)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(mailed(host)).toHaveLength(1)
  })

  test('a write whose answer is lost counts once, and what it sends is sent at the redelivery', async () => {
    const host = memoryHost()
    host.hooks.put = onCalls(isCommit, () => 'answer-lost')
    const one = delivery(envelope())
    const runtime = environment(host, counter(forwarding))
    expect(await deliver(runtime, host, [one])).toEqual([one])
    expect(mailed(host)).toEqual([])
    expect(await deliver(runtime, host, [again(one)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(mailed(host)).toHaveLength(1)
  })

  test('a commit that is refused by itself, tried twice by the SDK, is recognised by its nonce and nothing is handled twice', async () => {
    const host = memoryHost()
    const seen: number[] = []
    host.hooks.put = onCalls(isCommit, (item) => void host.items.set(`${item.pk} ${item.sk}`, item))
    const process = counter((ctx, { by }) => {
      seen.push(by)
      return forwarding(ctx)
    })
    expect(await deliver(environment(host, process), host, [delivery(envelope())])).toEqual([])
    expect(seen).toEqual([1])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(mailed(host)).toHaveLength(1)
  })

  test('a stale cached record costs one lost write, and the message is handled on the winner', async () => {
    const host = memoryHost()
    const [first, second] = [environment(host), environment(host)]
    await deliver(first, host, [delivery(envelope())])
    await deliver(second, host, [delivery(envelope({ body: { by: 10 } }))])
    host.calls.writes = host.calls.reads = 0
    await deliver(first, host, [delivery(envelope({ body: { by: 100 } }))])
    expect(stateOf(host)).toEqual({ count: 111 })
    expect(host.calls).toMatchObject({ reads: 0, writes: 2 })
  })

  test('a lost race performs the winner’s effects before anything else', async () => {
    const host = memoryHost()
    const process = counter(forwarding)
    const loser = environment(host, process)
    await deliver(loser, host, [delivery(envelope())])
    // The winner dies after its commit, before it sends.
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, process), host, [delivery(envelope({ body: { by: 10 } }))])
    await deliver(loser, host, [delivery(envelope({ body: { by: 100 } }))])
    expect(mailed(host).map(({ body }) => JSON.parse(body).body.by)).toEqual([1, 11, 111])
  })

  test('effects left by a crash are performed before a new message is handled', async () => {
    const host = memoryHost()
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, counter(forwarding)), host, [delivery(envelope())])
    const sentBefore: number[] = []
    const process = counter(() => void sentBefore.push(mailed(host).length))
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(sentBefore).toEqual([1])
  })

  test('effects left by a crash are performed by the redelivery of the very message', async () => {
    const host = memoryHost()
    const one = delivery(envelope())
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, counter(forwarding)), host, [one])
    expect(await deliver(environment(host, counter(forwarding)), host, [again(one)])).toEqual([])
    expect(mailed(host)).toHaveLength(1)
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('while what a record holds cannot be sent, no new message is handled', async () => {
    const host = memoryHost()
    const process = counter(forwarding)
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, process), host, [delivery(envelope())])
    host.hooks.send = passing
    const next = delivery(envelope())
    expect(await deliver(environment(host, process), host, [next])).toEqual([next])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('a crash at any call of a hop leaves nothing undone and nothing done twice', async () => {
    for (let deadly = 1; deadly <= 12; deadly++) {
      const host = memoryHost()
      let calls = 0
      const dying = () => (++calls === deadly ? died() : undefined)
      Object.assign(host.hooks, { get: dying, put: dying, send: dying })
      const batch = [delivery(envelope()), delivery(envelope()), delivery(envelope({ to: '43' }))]
      const process = counter(forwarding)
      await deliverAndDie(environment(host, process), host, batch)
      Object.assign(host.hooks, { get: undefined, put: undefined, send: undefined })
      expect(
        await deliver(
          environment(host, process),
          host,
          batch.map((one) => again(one)),
        ),
      ).toEqual([])
      expect([stateOf(host), stateOf(host, '43')]).toEqual([{ count: 2 }, { count: 1 }])
      const sums = new Set(mailed(host).flatMap(({ body }) => [JSON.parse(body)].flat().map(({ id }) => id)))
      expect(sums.size).toBe(3)
    }
  })

  test('two that begin the same instance at the same time: one wins, none is lost', async () => {
    const host = memoryHost()
    const [first, second] = [environment(host), environment(host)]
    host.hooks.put = onCalls(isCommit, async () => {
      await deliver(second, host, [delivery(envelope({ body: { by: 10 } }))])
      return undefined
    })
    expect(await deliver(first, host, [delivery(envelope())])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 11 })
  })

  test('who loses the race again and again returns its messages, and counts no attempt', async () => {
    const host = memoryHost()
    const [first, second] = [environment(host), environment(host)]
    let inside = false
    host.hooks.put = async () => {
      if (inside) return undefined
      inside = true
      await deliver(second, host, [delivery(envelope())])
      inside = false
      return undefined
    }
    const one = delivery(envelope({ body: { by: 1000 } }))
    expect(await deliver(first, host, [one])).toEqual([one])
    expect(stateOf(host)?.count).toBeLessThan(20)
    expect(attemptsOf(host)).toEqual([])
  })

  test('effects that were cleared by one do not come back by another', async () => {
    const host = memoryHost()
    const process = counter(forwarding)
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(standing(host)?.effects).toEqual([])
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(mailed(host)).toHaveLength(2)
  })

  test('clearing effects leaves version and nonce, so that the commit of another stands or falls as before', async () => {
    const host = memoryHost()
    const items: unknown[] = []
    host.hooks.put = (item) => void items.push([item.attributes.version, item.attributes.nonce, 'effects' in item.attributes])
    await deliver(environment(host, counter(forwarding)), host, [delivery(envelope())])
    const version = host.clock.now() * 1000
    expect(items).toEqual([
      [version, 'nonce-1', true],
      [version, 'nonce-1', false],
    ])
  })

  test('a clear that comes too late changes nothing', async () => {
    const host = memoryHost()
    const process = counter(forwarding)
    const [slow, quick] = [environment(host, process), environment(host, process)]
    host.hooks.put = onCalls(
      (item: Item) => !('effects' in item.attributes),
      async () => {
        await deliver(quick, host, [delivery(envelope())])
        return undefined
      },
    )
    expect(await deliver(slow, host, [delivery(envelope())])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2 })
    expect(standing(host)?.version).toBe(host.clock.now() * 1000 + 1)
  })
})
