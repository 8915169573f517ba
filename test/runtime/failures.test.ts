// Handlers that throw, hang or kill their environment: what is counted, what is returned, what is kept.
import { describe, expect, test } from '@jest/globals'
import { Rejected, Transient } from '../../lib/core/errors.ts'
import type { Delivery } from '../../lib/ports/mailbox.ts'
import {
  again,
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  isCommit,
  keyed,
  type MemoryHost,
  memoryHost,
  onCalls,
  passing,
} from './memory-host.ts'
import { type Add, attemptsOf, counter, deadLetters, environment, forwarding, keptReasons, mailed, stateOf } from './processes.ts'

/** Fails where `by` is 13. */
const unlucky: Add = (_, { by }) => {
  if (by === 13) throw new Error('unlucky')
}
const bad = (given = {}) => envelope({ body: { by: 13 }, ...given })

/** Delivers until it is acknowledged, at most `times`. @returns how often */
const redeliver = async (host: MemoryHost, one: Delivery, process = counter(unlucky), times = 20): Promise<number> => {
  const runtime = environment(host, process)
  for (let n = 1; n <= times; n++) if ((await deliver(runtime, host, [again(one, n)])).length === 0) return n
  return times
}

describe('a handler that throws', () => {
  test('leaves no trace, and the rest of an ordered instance’s messages are returned', async () => {
    const host = memoryHost()
    const process = counter((ctx, { by }) => {
      forwarding(ctx)
      if (by === 13) throw new Error('unlucky')
    })
    const batch = [delivery(envelope()), delivery(bad()), delivery(envelope()), delivery(envelope({ to: '43' }))]
    expect(await deliver(environment(host, process), host, batch)).toEqual([batch[1], batch[2]])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(stateOf(host, '43')).toEqual({ count: 1 })
    expect(mailed(host).map(({ group }) => group)).toEqual(['42', '43'])
  })

  test('in the middle of a bundle returns the bundle, and its first part counts once', async () => {
    const host = memoryHost()
    const bundle = delivery([envelope(), bad(), envelope({ body: { by: 10 } })])
    const runtime = environment(host, counter(unlucky))
    expect(await deliver(runtime, host, [bundle])).toEqual([bundle])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(await deliver(environment(host), host, [again(bundle)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 24 })
  })

  test('an unordered process goes on with the rest', async () => {
    const host = memoryHost()
    const batch = [delivery(envelope()), delivery(bad()), delivery(envelope())]
    expect(await deliver(environment(host, counter(unlucky, { mailbox: 'unordered' })), host, batch)).toEqual([batch[1]])
    expect(stateOf(host)).toEqual({ count: 2 })
  })

  test('is tried five times; then the message is kept with its reason, and copied to the dead-letter queue', async () => {
    const host = memoryHost()
    const message = bad({ trace: 'click-1' })
    expect(await redeliver(host, delivery(message))).toBe(5)
    expect(keptReasons(host)).toEqual(['handler-failed'])
    const [letter] = deadLetters(host)
    expect(JSON.parse(letter?.body ?? '')).toEqual(message)
    expect(letter).toMatchObject({
      group: '42',
      attributes: {
        reason: 'handler-failed',
        attempts: '5',
        id: message.id,
        trace: 'click-1',
        error: expect.stringContaining('unlucky'),
      },
    })
    expect(stateOf(host)).toBeUndefined()
    expect(attemptsOf(host)).toEqual([])
  })

  test('once it has failed for good, the same message is dropped', async () => {
    const host = memoryHost()
    const one = delivery(bad())
    await redeliver(host, one)
    expect(await deliver(environment(host), host, [again(one, 9)])).toEqual([])
    expect(new Set(deadLetters(host).map(({ deduplication }) => deduplication)).size).toBe(1)
    expect(stateOf(host)).toBeUndefined()
  })

  test('a message that failed for good does not stop those behind it, where its process goes on', async () => {
    const host = memoryHost()
    await redeliver(host, delivery(bad()), counter(unlucky, { onFailure: 'setAside' }))
    await deliver(environment(host), host, [delivery(envelope())])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('with Rejected fails at once', async () => {
    const host = memoryHost()
    const process = counter(() => {
      throw new Rejected('no-such-account', 'open one first')
    })
    expect(await redeliver(host, delivery(envelope()), process)).toBe(1)
    expect(keptReasons(host)).toEqual(['rejected'])
  })

  test('with trouble that passes (Transient) burns no attempt', async () => {
    const host = memoryHost()
    const process = counter(() => {
      throw new Transient('bank-closed', 'try again in the morning')
    })
    expect(await redeliver(host, delivery(envelope()), process)).toBe(20)
    expect(attemptsOf(host)).toEqual([])
    expect(keptReasons(host)).toEqual([])
  })

  test('on a cached record is run again on a fresh one before an attempt is counted', async () => {
    const host = memoryHost()
    const tries: (readonly [count: number, attempt: number])[] = []
    const process = counter((ctx, { by }) => {
      tries.push([ctx.state.count, ctx.attempt])
      if (by === 13 && ctx.state.count < 20) throw new Error('not yet')
    })
    const stale = environment(host, process)
    await deliver(stale, host, [delivery(envelope())])
    await deliver(environment(host, process), host, [delivery(envelope({ body: { by: 10 } }))])
    expect(await deliver(stale, host, [delivery(bad())])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 24 })
    expect(tries.slice(2)).toEqual([
      [14, 1],
      [24, 1],
    ])
  })

  test('tells its attempt to the handler, and hides the message longer each time', async () => {
    const host = memoryHost()
    const attempts: number[] = []
    const process = counter((ctx) => {
      attempts.push(ctx.attempt)
      throw new Error('unlucky')
    })
    await redeliver(host, delivery(bad()), process)
    expect(attempts).toEqual([1, 2, 3, 4, 5])
    expect(host.hidden.map(({ seconds }) => seconds)).toEqual([2, 3, 6, 12])
  })

  test('counts by the setting of its process', async () => {
    const host = memoryHost()
    expect(await redeliver(host, delivery(bad()), counter(unlucky, { attempts: 2 }))).toBe(2)
  })

  test('does not keep neighbours of other instances from being handled', async () => {
    const host = memoryHost()
    const batch = [delivery(bad({ to: 'a' })), delivery(envelope({ to: 'b' }))]
    expect(await deliver(environment(host, counter(unlucky)), host, batch)).toEqual([batch[0]])
    expect(stateOf(host, 'b')).toEqual({ count: 1 })
  })
})

describe('a redelivered message', () => {
  test('has its attempt written ahead, and is handled alone', async () => {
    const host = memoryHost()
    const steps: string[] = []
    host.hooks.put = ({ attributes }) => void steps.push(`commit ${'attempts' in attributes ? 'an attempt' : 'without attempts'}`)
    const process = counter((_, { by }) => void steps.push(`handle ${by}`))
    const message = (by: number) => envelope({ id: `m${by}`, body: { by } })
    const batch = [again(delivery(message(1))), delivery(message(2)), delivery(message(3))]
    await deliver(environment(host, process), host, batch)
    expect(steps).toEqual([
      'commit an attempt',
      'handle 1',
      'commit without attempts',
      'handle 2',
      'handle 3',
      'commit without attempts',
    ])
  })

  test('that kills its environment five times is set aside at the next delivery', async () => {
    const host = memoryHost()
    const deadly = delivery(envelope())
    const behind = delivery(envelope({ body: { by: 10 } }))
    // The first delivery is not counted: a neighbour may have ended it. Each one after that is written ahead.
    for (let n = 1; n <= 6; n++) await deliverAndDie(environment(host, counter(died)), host, [again(deadly, n), again(behind, n)])
    expect(attemptsOf(host)).toEqual([5])
    const gentle = counter((_, { by }) => (by === 1 ? died() : undefined), { onFailure: 'setAside' })
    expect(await deliver(environment(host, gentle), host, [again(deadly, 7), again(behind, 7)])).toEqual([])
    expect(keptReasons(host)).toEqual(['handler-died'])
    expect(stateOf(host)).toEqual({ count: 10 })
  })

  test('of another instance is not burned by the one that kills', async () => {
    const host = memoryHost()
    const process = counter((ctx) => (ctx.self.id === 'deadly' ? died() : undefined))
    const batch = ['deadly', 'a', 'b'].map((to) => delivery(envelope({ to })))
    for (let n = 2; n <= 6; n++)
      await deliverAndDie(
        environment(host, process),
        host,
        batch.map((one) => again(one, n)),
      )
    expect([attemptsOf(host, 'a'), attemptsOf(host, 'b')]).toEqual([[], []])
    expect(
      await deliver(
        environment(host, process),
        host,
        batch.map((one) => again(one, 7)),
      ),
    ).toEqual([])
    expect([stateOf(host, 'a'), stateOf(host, 'b')]).toEqual([{ count: 1 }, { count: 1 }])
  })

  test('that was throttled and never begun is not counted', async () => {
    const host = memoryHost()
    const attempts: number[] = []
    await deliver(
      environment(
        host,
        counter((ctx) => void attempts.push(ctx.attempt)),
      ),
      host,
      [again(delivery(envelope()), 400)],
    )
    expect(attempts).toEqual([1])
    expect(attemptsOf(host)).toEqual([])
  })

  test('that was handled already costs no attempt and no write', async () => {
    const host = memoryHost()
    const one = delivery(envelope())
    await deliver(environment(host), host, [one])
    host.calls.writes = 0
    await deliver(environment(host), host, [again(one)])
    expect(host.calls.writes).toBe(0)
  })

  test('whose attempt is written ahead just before the time is up is not counted', async () => {
    const host = memoryHost()
    host.hooks.put = (item) => {
      if (isCommit(item) && 'attempts' in item.attributes) host.advance(29_000)
      return undefined
    }
    const one = delivery(envelope())
    for (let n = 2; n <= 9; n++) await deliver(environment(host), host, [again(one, n)])
    expect(keptReasons(host)).toEqual([])
  })

  test('that meets a table in trouble after its attempt was written is not set aside for it', async () => {
    const host = memoryHost()
    host.hooks.put = (item) => ('state' in item.attributes ? passing() : undefined)
    const one = delivery(envelope())
    const runtime = environment(host)
    for (let n = 2; n <= 9; n++) await deliver(runtime, host, [again(one, n)])
    host.hooks.put = undefined
    await deliver(runtime, host, [again(one, 10)])
    expect(keptReasons(host)).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
  })

  test('under a key that names a member of every object is counted as any other', async () => {
    for (const key of ['constructor', '__proto__', 'toString', '7']) {
      const host = memoryHost()
      expect([key, await redeliver(host, delivery(keyed(key, { body: { by: 13 } })))]).toEqual([key, 5])
      expect(keptReasons(host)).toEqual(['handler-failed'])
    }
  })

  test('a zombie of its first delivery and its second delivery change state once', async () => {
    const host = memoryHost()
    const one = delivery(envelope())
    host.hooks.put = onCalls(isCommit, async () => {
      await deliver(environment(host), host, [again(one)])
      return undefined
    })
    expect(await deliver(environment(host), host, [one])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(attemptsOf(host)).toEqual([])
  })
})

describe('time', () => {
  test('an async handler that never returns is cut off before the deadline, and that counts as a try', async () => {
    const host = memoryHost()
    const begun = host.clock.now()
    const one = delivery(envelope())
    expect(await deliver(environment(host, counter(died)), host, [one])).toEqual([one])
    expect(host.clock.now() - begun).toBeLessThan(30_000)
    expect(attemptsOf(host)).toEqual([1])
    expect(await redeliver(host, one, counter(died))).toBe(4)
    expect(deadLetters(host)[0]?.attributes?.error).toContain('raise timeoutSeconds')
  })

  test('an async handler is awaited, and its changes after an await count', async () => {
    const host = memoryHost()
    const process = counter(async (ctx) => {
      await host.clock.after(5000).elapsed
      ctx.state.count += 10
    })
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(stateOf(host)).toEqual({ count: 11 })
  })

  test('a handler that returns what can only be awaited, and is no Promise, is awaited too', async () => {
    const host = memoryHost()
    const process = counter((ctx) => {
      const later = async (resolve: () => void): Promise<void> => {
        await host.clock.after(10).elapsed
        ctx.state.count += 10
        resolve()
      }
      // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
      const lazy = { then: later } // oxlint-disable-line unicorn/no-thenable
      return lazy as unknown as Promise<void>
    })
    await deliver(environment(host, process), host, [delivery(envelope())])
    expect(stateOf(host)).toEqual({ count: 11 })
  })

  test('when time runs out the rest is returned and loses no attempt', async () => {
    const host = memoryHost()
    const process = counter(() => host.advance(10_000))
    const batch = Array.from({ length: 5 }, () => delivery(envelope()))
    expect(await deliver(environment(host, process), host, batch)).toEqual(batch.slice(3))
    expect(stateOf(host)).toEqual({ count: 3 })
    expect(attemptsOf(host)).toEqual([])
  })
})
