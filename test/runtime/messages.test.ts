// Messages as they come: once, twice, in a batch, in a bundle, for several instances.
import { describe, expect, test } from '@jest/globals'
import { again, deliver, delivery, envelope, keyed, memoryHost } from './memory-host.ts'
import { counter, environment, forwarding, mailed, standing, stateOf } from './processes.ts'

describe('messages', () => {
  test('a message changes the state, and is acknowledged', async () => {
    const host = memoryHost()
    expect(await deliver(environment(host), host, [delivery(envelope({ body: { by: 3 } }))])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 3 })
  })

  test('a message delivered twice changes state once', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    const one = delivery(envelope())
    await deliver(runtime, host, [one])
    expect(await deliver(runtime, host, [again(one)])).toEqual([])
    expect(await deliver(environment(host), host, [again(one, 3)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('a duplicate inside one batch counts', async () => {
    const host = memoryHost()
    const one = envelope()
    await deliver(environment(host), host, [delivery(one), delivery(one), delivery([one, one])])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(host.calls.writes).toBe(1)
  })

  test('a client that tries again under its key, later, is heard once', async () => {
    const host = memoryHost()
    const runtime = environment(host)
    await deliver(runtime, host, [delivery(keyed('click-1'))])
    await deliver(runtime, host, [delivery(keyed('click-1', { at: host.clock.now() + 60_000 }))])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('messages without an id are known by their deduplication id, else by the queue’s own', async () => {
    const host = memoryHost()
    const text = '{"to":"42","type":"Add"}'
    const runtime = environment(host)
    await deliver(runtime, host, [
      delivery(text, { deduplication: 'a' }),
      delivery(text, { deduplication: 'a' }),
      delivery(text, { deduplication: 'b' }),
    ])
    expect(stateOf(host)).toEqual({ count: 2 })
    const plain = delivery(text)
    await deliver(runtime, host, [plain, delivery(text)])
    await deliver(runtime, host, [again(plain)])
    expect(stateOf(host)).toEqual({ count: 4 })
  })

  test('a batch is handled in its order, a bundle in its own', async () => {
    const host = memoryHost()
    const seen: number[] = []
    const process = counter((_, { by }) => void seen.push(by))
    const add = (by: number) => envelope({ body: { by } })
    await deliver(environment(host, process), host, [delivery(add(1)), delivery([add(2), add(3)]), delivery(add(4))])
    expect(seen).toEqual([1, 2, 3, 4])
    expect(stateOf(host)).toEqual({ count: 10 })
  })

  test('a message for an instance that is not there begins it at a version from the clock', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [delivery(envelope())])
    expect(standing(host)?.version).toBe(host.clock.now() * 1000)
  })

  test('versions have no gaps, whoever commits', async () => {
    const host = memoryHost()
    const environments = [environment(host), environment(host)]
    for (let n = 0; n < 9; n++) await deliver(environments[n % 2] as (typeof environments)[0], host, [delivery(envelope())])
    expect(standing(host)?.version).toBe(host.clock.now() * 1000 + 8)
  })

  test('instances do not see each other', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [
      delivery(envelope({ to: 'a' })),
      delivery(envelope({ to: 'b', body: { by: 5 } })),
      delivery(envelope({ to: 'a' })),
    ])
    expect([stateOf(host, 'a'), stateOf(host, 'b')]).toEqual([{ count: 2 }, { count: 5 }])
  })

  test('what a handler sends names its commit, its cause and its trace', async () => {
    const host = memoryHost()
    const one = envelope({ trace: 'click-7', hops: 3 })
    await deliver(environment(host, counter(forwarding)), host, [delivery(one)])
    const version = host.clock.now() * 1000
    expect(mailed(host).map(({ group, body }) => [group, JSON.parse(body)])).toEqual([
      [
        '42',
        {
          v: 1,
          id: `counter/42/${version}/0`,
          to: '42',
          type: 'Add',
          at: host.clock.now(),
          from: 'counter/42',
          trace: 'click-7',
          cause: one.id,
          hops: 4,
          body: { by: 1 },
        },
      ],
    ])
  })

  test('the view is published in the same write as the state', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [delivery(envelope())])
    expect(host.items.get('42 record')?.attributes).toMatchObject({ state: '{"count":1}', view: '{"count":1}' })
    expect(host.calls.writes).toBe(1)
  })
})
