// Queued calls: request, answer and deadline are messages, and the asker hears of each call exactly once.
import { expect, test } from '@jest/globals'
import type { Envelope } from '../../lib/core/envelope.ts'
import { Bank, bankProcess, deskProcess, go, sentTo } from './asking.ts'
import { again, deliver, delivery, memoryHost } from './memory-host.ts'
import { environment, keptReasons, standing, stateOf } from './processes.ts'

const logOf = (host: ReturnType<typeof memoryHost>) => (stateOf(host, '1') as unknown as { log: string[] } | undefined)?.log ?? []

/** A desk that has asked the bank for its balance. */
const asked = async (within: '30s' | '1m' = '30s') => {
  const [deskHost, bankHost] = [memoryHost(), memoryHost()]
  const desk = environment(
    deskHost,
    deskProcess((ctx) => ctx.request(Bank, 'b').Balance({}, { outcome: 'Balanced', within })),
  )
  await deliver(desk, deskHost, [go()])
  const [request] = sentTo(deskHost, 'mailbox', 'bank')
  const [deadline] = sentTo(deskHost, 'timer', 'desk')
  const bank = environment(bankHost, bankProcess())
  return { deskHost, desk, bankHost, bank, request, deadline }
}

test('a request is answered, and the outcome arrives as a message', async () => {
  const { deskHost, desk, bankHost, bank, request } = await asked()
  expect(request).toMatchObject({ type: 'Balance', to: 'b', reply: 'desk/1', from: 'desk/1' })
  await deliver(bank, bankHost, [delivery(request as never)])
  const [reply] = sentTo(bankHost, 'mailbox', 'desk')
  expect(reply).toMatchObject({ type: '~reply', to: '1', from: 'bank/b', body: { ok: true, reply: { pence: 100 } } })
  await deliver(desk, deskHost, [delivery(reply as never)])
  expect(logOf(deskHost)).toEqual(['balance 100'])
  expect(standing(deskHost, '1')?.waits).toEqual({ timers: new Map(), calls: new Map() })
})

test('a queued call costs two hops and one write each', async () => {
  const { deskHost, desk, bankHost, bank, request } = await asked()
  await deliver(bank, bankHost, [delivery(request as never)])
  const before = deskHost.calls.writes
  await deliver(
    desk,
    deskHost,
    sentTo(bankHost, 'mailbox', 'desk').map((one) => delivery(one)),
  )
  expect([deskHost.calls.writes - before, deskHost.calls.reads]).toEqual([1, 1])
  // The bank was cold: what it sent leaves its record at once.
  expect(bankHost.calls.writes).toBe(2)
})

test('no answer in time is an outcome too, and the answer that comes later is dropped', async () => {
  const { deskHost, desk, bankHost, bank, request, deadline } = await asked()
  deskHost.advance(30_000)
  await deliver(desk, deskHost, [delivery(deadline as never)])
  await deliver(bank, bankHost, [delivery(request as never)])
  await deliver(
    desk,
    deskHost,
    sentTo(bankHost, 'mailbox', 'desk').map((one) => delivery(one)),
  )
  expect(logOf(deskHost)).toEqual(['no balance: deadline'])
  expect(keptReasons(deskHost, '1')).toEqual([])
})

test('a deadline after the answer is nothing', async () => {
  const { deskHost, desk, bankHost, bank, request, deadline } = await asked()
  await deliver(bank, bankHost, [delivery(request as never)])
  const [reply] = sentTo(bankHost, 'mailbox', 'desk').map((one) => delivery(one))
  await deliver(desk, deskHost, [reply as never, delivery(deadline as never), again(reply as never)])
  expect(logOf(deskHost)).toEqual(['balance 100'])
})

test('an answer from somebody who was not asked is kept with the reason', async () => {
  const { deskHost, desk, bankHost, bank, request } = await asked()
  await deliver(bank, bankHost, [delivery(request as never)])
  const [reply] = sentTo(bankHost, 'mailbox', 'desk')
  await deliver(desk, deskHost, [delivery({ ...(reply as object), from: 'thief/b' } as never)])
  await deliver(desk, deskHost, [
    delivery({ ...(reply as object), id: 'bank/b/1/1', body: { call: 'bank/b/1/0', ok: true, reply: {} } } as never),
  ])
  expect(logOf(deskHost)).toEqual([])
  expect(keptReasons(deskHost, '1')).toEqual(['not-asked', 'not-asked'])
  await deliver(desk, deskHost, [delivery({ ...(reply as object), id: 'bank/b/2/0' } as never)])
  expect(logOf(deskHost)).toEqual(['balance 100'])
})

test('an answer that breaks the contract is an outcome that says so', async () => {
  const { deskHost, desk, bankHost, bank, request } = await asked()
  await deliver(bank, bankHost, [delivery(request as never)])
  const [reply] = sentTo(bankHost, 'mailbox', 'desk')
  const { call } = (reply as Envelope).body as { call: string }
  await deliver(desk, deskHost, [delivery({ ...(reply as object), body: { call, ok: true, reply: { pence: 'much' } } } as never)])
  expect(logOf(deskHost)).toEqual(['no balance: invalid-reply'])
})

test.each([
  ['refuses', { type: 'Draw', body: { pence: 500 } }, 'too-little', 'only 100 are left', []],
  ['fails for good', { type: 'Draw', body: { pence: -1 } }, 'handler-failed', 'a negative draw', ['handler-failed']],
  ['cannot read the request', { type: 'Draw', body: { pence: 'much' } }, 'invalid-body', 'pence', ['invalid-body']],
  ['does not know the call', { type: 'Borrow', body: {} }, 'unknown-type', 'it has: Balance, Draw', ['unknown-type']],
])('whoever asks hears of a callee that %s', async (_, given, code, message, kept) => {
  const { bankHost, bank, request } = await asked()
  const one = delivery({ ...(request as object), ...given } as never)
  for (let receiveCount = 1; receiveCount <= 6; receiveCount++) await deliver(bank, bankHost, [{ ...one, receiveCount }])
  const replies = sentTo(bankHost, 'mailbox', 'desk')
  expect(replies).toHaveLength(1)
  expect(replies[0]?.body).toMatchObject({ ok: false, code, message: expect.stringContaining(message) })
  expect(keptReasons(bankHost, 'b')).toEqual(kept)
  expect(standing(bankHost, 'b')?.state ?? '{"pence":100}').toBe('{"pence":100}')
})

test('a request of somebody to whom there is no route is kept, and holds up nobody', async () => {
  const { bankHost, bank, request } = await asked()
  Object.assign(bankHost.mailbox, {
    shards: (process: string) => {
      if (process === 'nobody') throw new Error('no-route')
      return 1
    },
  })
  const stranger = delivery({ ...(request as object), reply: 'nobody/1', id: 'nobody/1/7/0' } as never)
  expect(await deliver(bank, bankHost, [stranger, delivery(request as never)])).toEqual([])
  expect(keptReasons(bankHost, 'b')).toEqual(['unknown-caller'])
  expect(sentTo(bankHost, 'mailbox', 'desk')).toHaveLength(1)
})

test('a deadline in the past is refused when it is asked', async () => {
  const host = memoryHost()
  const runtime = environment(
    host,
    deskProcess((ctx) => ctx.request(Bank, 'b').Balance({}, { outcome: 'Balanced', within: 0 })),
  )
  await deliver(runtime, host, [go()])
  expect([...host.items.values()].map(({ attributes }) => attributes.reason).join()).toContain('illegal-duration')
})
