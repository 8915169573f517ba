// Parking: an instance stands still on what failed for good, what comes after waits in order, and an operator's word sets it going.
import { describe, expect, test } from '@jest/globals'
import { failedSk } from '../../lib/core/failure.ts'
import { Bank, bankProcess, deskProcess, go, sentTo } from './asking.ts'
import { again, deliver, deliverAndDie, delivery, died, envelope, keyed, type MemoryHost, memoryHost } from './memory-host.ts'
import { counter, deadLetters, environment, keptReasons, standing, stateOf } from './processes.ts'

let broken = true
const seen: number[] = []
const fragile = (onFailure: 'park' | 'setAside' = 'park') =>
  counter(
    (_, { by }) => {
      if (by === 13 && broken) throw new Error('unlucky')
      seen.push(by)
    },
    { attempts: 2, onFailure },
  )
const add = (by: number, id?: string) => delivery(envelope({ body: { by }, ...(id !== undefined && { id }) }))
const control = (type: '~redrive' | '~discard', body: object) => delivery(keyed(`operator-${Math.random()}`, { type, body }))
const poison = 'shop/9/13/0'

/** An instance that stands still on a message, with `behind` more put off. */
const parked = async (host: MemoryHost, behind: readonly number[] = [], runtime = environment(host, fragile())) => {
  broken = true
  seen.length = 0
  const bad = add(13, poison)
  await deliver(runtime, host, [add(1)])
  await deliver(runtime, host, [bad])
  await deliver(runtime, host, [again(bad)])
  for (const by of behind) await deliver(runtime, host, [add(by)])
  return { runtime, bad }
}
const stashed = (host: MemoryHost) => [...host.items.values()].filter(({ sk }) => sk.startsWith('stash/')).length

describe('an instance whose message failed for good', () => {
  test('stands still, keeps the message with its reason, and puts off what comes after', async () => {
    const host = memoryHost()
    await parked(host, [2, 3])
    expect(seen).toEqual([1])
    expect(standing(host)?.parked).toMatchObject({ id: poison, code: 'handler-failed' })
    expect(keptReasons(host)).toEqual(['handler-failed'])
    expect(deadLetters(host)).toHaveLength(1)
    expect([stashed(host), standing(host)?.stash]).toEqual([3, { first: 0, next: 3 }])
  })

  test('takes a duplicate of what it put off, and of what failed, for what they are', async () => {
    const host = memoryHost()
    const { runtime, bad } = await parked(host)
    const late = add(5)
    await deliver(runtime, host, [late])
    await deliver(runtime, host, [again(late), again(bad, 3)])
    expect(stashed(host)).toBe(2)
  })

  test('redriven after it is mended, goes on in exact order', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2, 3, 4])
    broken = false
    expect(await deliver(runtime, host, [add(5), control('~redrive', { id: poison, by: 'me' }), add(6)])).toEqual([])
    expect(seen).toEqual([1, 13, 2, 3, 4, 5, 6])
    expect(standing(host)).toMatchObject({ parked: undefined, failed: 0, stash: { first: 5, next: 5 } })
    expect(stashed(host)).toBe(0)
    expect(host.items.get(`42 ${failedSk(poison).replace('failed', 'resolved')}`)?.attributes).toMatchObject({
      how: 'redriven',
      by: 'me',
    })
  })

  test('drains many over several commits, and each is handled once', async () => {
    const host = memoryHost()
    const many = Array.from({ length: 95 }, (_, n) => n + 100)
    const { runtime } = await parked(host, many)
    broken = false
    await deliver(runtime, host, [control('~redrive', { id: poison })])
    expect(seen).toEqual([1, 13, ...many])
    expect(stateOf(host)).toEqual({ count: seen.reduce((sum, by) => sum + by, 0) })
  })

  test('stands still again if it fails again, with the rest where it was', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2])
    const redrive = control('~redrive', { id: poison })
    expect(await deliver(runtime, host, [redrive])).toEqual([redrive])
    expect(await deliver(runtime, host, [again(redrive)])).toEqual([])
    expect(standing(host)).toMatchObject({ parked: { id: poison, again: { round: 1 } }, stash: { first: 0, next: 2 } })
    broken = false
    await deliver(runtime, host, [control('~redrive', { id: poison })])
    expect(seen).toEqual([1, 13, 2])
  })

  test('goes on without a message that is discarded', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2, 3])
    await deliver(runtime, host, [control('~discard', { id: poison, why: 'a test' })])
    expect(seen).toEqual([1, 2, 3])
    expect(standing(host)).toMatchObject({ parked: undefined, failed: 0 })
  })

  test('goes on with an edited message in its place', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2])
    await deliver(runtime, host, [control('~redrive', { id: poison, body: { by: 14 } })])
    expect(seen).toEqual([1, 14, 2])
  })

  test('a redrive that comes twice, or for what was dealt with, is nothing', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2])
    broken = false
    await deliver(runtime, host, [control('~redrive', { id: poison }), control('~redrive', { id: poison })])
    await deliver(runtime, host, [control('~redrive', { id: poison }), control('~discard', { id: poison })])
    expect(seen).toEqual([1, 13, 2])
  })

  test('the console’s own redrive of the dead-letter queue is a redrive', async () => {
    const host = memoryHost()
    const { runtime, bad } = await parked(host, [2])
    broken = false
    await deliver(runtime, host, [{ ...bad, messageId: 'new', redriven: true }])
    await deliver(runtime, host, [{ ...bad, messageId: 'newer', redriven: true }])
    expect(seen).toEqual([1, 13, 2])
  })

  test('a redrive whose environment dies on the way loses nothing and repeats nothing', async () => {
    for (let at = 1; at <= 6; at++) {
      const host = memoryHost()
      await parked(host, [2, 3])
      broken = false
      const redrive = control('~redrive', { id: poison })
      let writes = 0
      host.hooks.put = () => (++writes === at ? died() : undefined)
      await deliverAndDie(environment(host, fragile()), host, [redrive])
      host.hooks.put = undefined
      await deliver(environment(host, fragile()), host, [again(redrive)])
      expect({ at, count: stateOf(host)?.count }).toEqual({ at, count: 19 })
      expect(standing(host)).toMatchObject({ parked: undefined, stash: { first: 3, next: 3 } })
    }
  })

  test('a stale environment does not go on as if nothing had happened', async () => {
    const host = memoryHost()
    const [stale, other] = [environment(host, fragile()), environment(host, fragile())]
    await deliver(stale, host, [add(7)])
    await parked(host, [], other)
    await deliver(stale, host, [add(8)])
    expect(stateOf(host)).toEqual({ count: 8 })
    expect(stashed(host)).toBe(2)
  })
})

describe('an instance that goes on', () => {
  test('has a message that was set aside tried again on a redrive', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [2], environment(host, fragile('setAside')))
    expect(seen).toEqual([1, 2])
    broken = false
    await deliver(runtime, host, [control('~redrive', { id: poison })])
    await deliver(runtime, host, [control('~redrive', { id: poison })])
    expect(seen).toEqual([1, 2, 13])
    expect(standing(host)?.failed).toBe(0)
  })

  test('keeps it anew if it fails again', async () => {
    const host = memoryHost()
    const { runtime } = await parked(host, [], environment(host, fragile('setAside')))
    const redrive = control('~redrive', { id: poison })
    await deliver(runtime, host, [redrive])
    await deliver(runtime, host, [again(redrive)])
    expect(host.items.has(`42 ${failedSk(poison, 1)}`)).toBe(true)
    expect(standing(host)).toMatchObject({ failed: 1, parked: undefined, stash: { first: 1, next: 1 } })
    broken = false
    await deliver(runtime, host, [control('~redrive', { id: poison })])
    expect(seen).toEqual([1, 13])
  })
})

describe('what the record listed', () => {
  /** A desk that has asked for a balance, and whose timer has come: on that it fails until it is redriven. */
  const waiting = async () => {
    const host = memoryHost()
    let fails = true
    const process = deskProcess(
      (ctx) => {
        ctx.after('10s').Tick({ n: 1 })
        ctx.request(Bank, 'b').Balance({}, { outcome: 'Balanced' })
      },
      () => {
        if (fails) throw new Error('not yet')
      },
      { attempts: 1, onFailure: 'park' },
    )
    const runtime = environment(host, process)
    await deliver(runtime, host, [go()])
    host.advance(10_000)
    const timer = sentTo(host, 'timer', 'desk').find(({ type }) => type === 'Tick')
    /** @returns what it has written down */
    const redrive = async (): Promise<readonly string[]> => {
      fails = false
      await deliver(runtime, host, [delivery(keyed('operator', { to: '1', type: '~redrive', body: { id: timer?.id } }))])
      return (stateOf(host, '1') as unknown as { log: string[] }).log
    }
    return { host, runtime, timer, redrive }
  }

  test('is handled when it is redriven, though it is listed no more', async () => {
    const { host, runtime, timer, redrive } = await waiting()
    await deliver(runtime, host, [delivery(timer as never)])
    expect(standing(host, '1')?.parked).toMatchObject({ id: timer?.id })
    expect(await redrive()).toHaveLength(1)
  })

  test('waits behind what failed, and is judged when it is drained', async () => {
    const { host, runtime, timer, redrive } = await waiting()
    const [request] = sentTo(host, 'mailbox', 'bank')
    const reply = envelope({
      to: '1',
      type: '~reply',
      from: 'bank/b',
      body: { call: request?.id, ok: true, reply: { pence: 7 } },
    })
    await deliver(runtime, host, [delivery(timer as never), delivery(reply), delivery(reply)])
    expect(await redrive()).toEqual([expect.stringContaining('tick 1'), 'balance 7'])
    expect(standing(host, '1')?.waits).toEqual({ timers: new Map(), calls: new Map() })
  })
})

test('what may have been applied long ago, or was never sent, cannot be tried again, and can be discarded', async () => {
  const host = memoryHost()
  const old = envelope({ at: host.clock.now() - 91 * 86_400_000 })
  await deliver(environment(host), host, [delivery(old)])
  await deliver(environment(host), host, [control('~redrive', { id: old.id })])
  expect(stateOf(host)).toBeUndefined()
  expect(standing(host)?.failed).toBe(1)
  await deliver(environment(host), host, [control('~discard', { id: old.id })])
  expect(standing(host)?.failed).toBe(0)
})

test('an edited redrive that fails again and is discarded leaves the next message as it was', async () => {
  const host = memoryHost()
  const { runtime } = await parked(host, [2])
  const redrive = control('~redrive', { id: poison, body: { by: 13, text: 'edited' } })
  await deliver(runtime, host, [redrive])
  await deliver(runtime, host, [again(redrive)])
  expect(standing(host)?.parked).toMatchObject({ again: { round: 1 } })
  await deliver(runtime, host, [control('~discard', { id: poison })])
  expect(seen).toEqual([1, 2])
})

test('a request that nobody waits for any more is put off like any message, and not dropped', async () => {
  const host = memoryHost()
  const runtime = environment(host, bankProcess())
  await deliver(runtime, host, [delivery(envelope({ to: 'b', type: 'Draw', body: { pence: 1 } }))])
  const item = host.items.get('b record')
  const parkedOn = JSON.stringify({ id: 'x', code: 'handler-failed', at: 1 })
  host.items.set('b record', { pk: 'b', sk: 'record', attributes: { ...item?.attributes, parked: parkedOn } })
  const ask = envelope({ to: 'b', type: 'Draw', body: { pence: 2 } })
  await deliver(environment(host, bankProcess()), host, [delivery(ask), delivery({ ...ask, id: 'shop/1/8/8', reply: 'desk/1' })])
  expect(standing(host, 'b')?.stash).toEqual({ first: 0, next: 1 })
  expect(sentTo(host, 'mailbox', 'desk')).toMatchObject([{ body: { ok: false, code: 'parked' } }])
})
