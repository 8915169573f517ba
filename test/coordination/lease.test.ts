// What a lease answers, tells and publishes, one claim at a time.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { holderNotices, Lease, leaseContract, leaseProcess, trustedUntil } from '../../lib/coordination/index.ts'
import { contract, defineApp, defineProcess } from '../../lib/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const Worker = contract('worker', { messages: { ...holderNotices } })
const worker = defineProcess(Worker, { state: z.object({ told: z.array(z.string()) }) }).handle({
  initial: () => ({ told: [] }),
  on: {
    Granted: (ctx, { of, holder, token, ttl }) =>
      void ctx.state.told.push(`${of.process}/${of.id} granted ${holder} ${token} ${ttl}`),
    Lost: (ctx, { holder, token, reason }) => void ctx.state.told.push(`${holder} lost ${token}: ${reason}`),
  },
})
const lease = leaseProcess({ holders: [Worker] })
const notify = { process: 'worker', id: 'w' } as const

const world = () => {
  const made = simulate([lease, worker])
  return { ...made, lease: made.call(Lease, 'a'), told: () => made.state(worker, 'w')?.told ?? [] }
}
const held = async (to: ReturnType<typeof world>, holder: string, more: object = {}) => {
  const got = await to.lease.Acquire({ holder, ttl: '30s', ...more })
  return got.held ? got.token : undefined
}

describe('a lease that is held', () => {
  test('is refused to others, with a place in the line for those who wait', async () => {
    const one = world()
    expect(await held(one, 'ann')).toBeDefined()
    expect(await one.lease.Acquire({ holder: 'bob', ttl: '30s' })).toEqual({ held: false, place: 0 })
    expect(await one.lease.Acquire({ holder: 'bob', ttl: '30s', wait: '1m' })).toEqual({ held: false, place: 1 })
    expect(await one.lease.Acquire({ holder: 'cy', ttl: '30s', wait: '1m' })).toEqual({ held: false, place: 2 })
    expect(await one.lease.Acquire({ holder: 'bob', ttl: '30s' })).toEqual({ held: false, place: 1 })
    expect(one.view(Lease, 'a')).toMatchObject({ holder: 'ann', waiting: 2 })
  })

  test('is renewed under its token, also by asking again', async () => {
    const one = world()
    const token = await held(one, 'ann')
    await one.advance('20s')
    expect(await one.lease.Renew({ holder: 'ann', token: token ?? 0, ttl: '30s' })).toEqual({ ttl: 30_000 })
    await one.advance('20s')
    expect(await held(one, 'ann')).toBe(token)
    await one.advance('20s')
    expect(one.view(Lease, 'a')?.holder).toBe('ann')
    await one.advance('20s')
    expect(one.view(Lease, 'a')?.holder).toBeUndefined()
  })

  test('goes to the next in the line when it is given back, under a greater token', async () => {
    const one = world()
    const token = (await held(one, 'ann')) ?? 0
    await held(one, 'bob', { wait: '1m', notify })
    expect(await one.lease.Release({ holder: 'ann', token })).toEqual({ released: true })
    await one.advance('1s')
    expect(one.told()).toEqual([`lease/a granted bob ${token + 1} 30000`])
    expect(await held(one, 'bob')).toBe(token + 1)
  })

  test('goes to the next in the line when its time is over, and who lost it is told', async () => {
    const one = world()
    const token = (await held(one, 'ann', { notify })) ?? 0
    await held(one, 'bob', { wait: '1m' })
    await one.advance('31s')
    expect(one.told()).toEqual([`ann lost ${token}: expired`])
    expect(await held(one, 'bob')).toBe(token + 1)
  })
})

describe('a token that is no longer valid', () => {
  test('renews nothing and gives nothing back', async () => {
    const one = world()
    const token = (await held(one, 'ann')) ?? 0
    await one.advance('31s')
    await held(one, 'bob')
    await expect(one.lease.Renew({ holder: 'ann', token, ttl: '30s' })).rejects.toThrow('not-held')
    expect(await one.lease.Release({ holder: 'ann', token })).toEqual({ released: false })
    expect(one.view(Lease, 'a')?.holder).toBe('bob')
  })

  test('never comes again, also where the lease was forgotten in between', async () => {
    const one = world()
    const token = (await held(one, 'ann')) ?? 0
    await one.advance('201 days')
    expect(one.state(lease, 'a')).toBeUndefined()
    expect(await held(one, 'bob')).toBeGreaterThan(token)
  })
})

test('a lease that is used now and then is not forgotten', async () => {
  const one = world()
  const tokens: (number | undefined)[] = []
  for (let n = 0; n < 5; n += 1) {
    tokens.push(await held(one, 'ann'))
    await one.advance('70 days')
  }
  expect(tokens).toEqual(tokens.map((_, n) => (tokens[0] ?? 0) + n))
})

describe('whoever waits', () => {
  test('is told when the wait is over, and has left the line', async () => {
    const one = world()
    await one.lease.Acquire({ holder: 'ann', ttl: '1h' })
    await held(one, 'bob', { wait: '1m', notify })
    await one.advance('61s')
    expect(one.told()).toEqual(['bob lost 0: not-granted'])
    expect(one.view(Lease, 'a')?.waiting).toBe(0)
  })

  test('may leave', async () => {
    const one = world()
    await held(one, 'ann')
    await held(one, 'bob', { wait: '1m' })
    expect(await one.lease.Release({ holder: 'bob' })).toEqual({ released: true })
    expect(await one.lease.Release({ holder: 'bob' })).toEqual({ released: false })
    expect(one.view(Lease, 'a')?.waiting).toBe(0)
  })

  test('is turned away where four hundred wait already', async () => {
    const one = world()
    await one.lease.Acquire({ holder: 'ann', ttl: '1h' })
    for (let n = 0; n < 400; n += 1) await one.lease.Acquire({ holder: `${n}`, ttl: '1m', wait: '1h' })
    await expect(one.lease.Acquire({ holder: 'bob', ttl: '1m', wait: '1h' })).rejects.toThrow('line-full')
  })
})

test('a holder that cannot be told is refused', async () => {
  const one = world()
  const stranger = { process: 'stranger', id: '1' }
  await expect(one.lease.Acquire({ holder: 'x', ttl: '30s', notify: stranger })).rejects.toThrow('not-told')
})

test.each([[{ holder: '', ttl: '30s' }], [{ holder: 'x', ttl: 0 }], [{ holder: 'x', ttl: 'soon' }], [{ holder: 'x' }]])(
  '%j is no acquisition',
  (body) => {
    expect(() => world().lease.Acquire(body as never)).toThrow('invalid-value')
  },
)

test('an app must list whoever is told, and may have leases under several names', () => {
  expect(() => defineApp('shop', import.meta.url, [lease])).toThrow('process-missing')
  const locks = leaseProcess({ contract: leaseContract('lock') })
  expect(defineApp('shop', import.meta.url, [lease, worker, locks]).processes).toHaveLength(3)
  expect(locks).toMatchObject({ uses: [], deploy: { timers: true } })
})

test('a contract that does not take the notices is refused by the compiler', () => {
  const Deaf = contract('deaf', { messages: { Granted: holderNotices.Granted } })
  // @ts-expect-error deaf does not take Lost: spread the notices into its messages
  expect(leaseProcess({ holders: [Deaf] }).uses).toEqual([Deaf])
})

test('a holder trusts its lease for nine tenths of its time, from when it asked', () => {
  expect(trustedUntil(new Date(1000), 30_000)).toBe(28_000)
})
