// Direct calls: one round trip, the same hop, and a repeated call is answered again but not run again.
import { expect, test } from '@jest/globals'
import * as z from 'zod'
import { CallFailed, contract, defineProcess } from '../../lib/index.ts'
import { sentTo } from './asking.ts'
import {
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  isCommit,
  keyed,
  type MemoryHost,
  memoryHost,
  passing,
} from './memory-host.ts'
import { environment, keptReasons, Ledger, stateOf } from './processes.ts'

const Till = contract('till', {
  messages: { Fill: z.object({ pence: z.int() }) },
  calls: {
    Look: { request: z.object({}), reply: z.object({ pence: z.int() }) },
    Take: { request: z.object({ pence: z.int() }), reply: z.object({ left: z.int(), text: z.string().optional() }) },
  },
})
let ran = 0
const till = (reply: () => { readonly text?: string } = () => ({})) =>
  defineProcess(Till, { state: z.object({ pence: z.int() }), uses: [Ledger] }).handle({
    initial: () => ({ pence: 100 }),
    on: {
      Fill: ({ state }, { pence }) => {
        state.pence += pence
      },
    },
    answer: {
      Look: ({ state }) => ({ pence: state.pence }),
      Take: (ctx, { pence }) => {
        ran += 1
        if (pence > ctx.state.pence) throw new CallFailed('too-little', 'not so much is left')
        if (pence === 13) throw new Error('bad luck')
        ctx.state.pence -= pence
        if (pence > 10) ctx.send(Ledger, 'l').Add({ by: pence })
        return { left: ctx.state.pence, ...reply() }
      },
    },
  })
const call = (host: MemoryHost, type: string, body: object, key?: string, runtime = environment(host, till())) => {
  const one = key === undefined ? envelope({ to: '1', type, body }) : keyed(key, { to: '1', type, body })
  return runtime.call({ envelope: JSON.stringify(one), deadline: host.clock.now() + 30_000 })
}

test('a call that changes the state is answered, and costs one write where the record is warm', async () => {
  const host = memoryHost()
  const runtime = environment(host, till())
  expect(await call(host, 'Take', { pence: 5 }, undefined, runtime)).toEqual({ ok: true, reply: { left: 95 } })
  const { reads, writes } = host.calls
  expect(await call(host, 'Take', { pence: 5 }, undefined, runtime)).toEqual({ ok: true, reply: { left: 90 } })
  expect([host.calls.reads - reads, host.calls.writes - writes, host.calls.sends]).toEqual([0, 1, 0])
  expect(stateOf(host, '1')).toEqual({ pence: 90 })
})

test('a call that changes nothing costs one read and no write, also of an instance that never was', async () => {
  const host = memoryHost()
  const runtime = environment(host, till())
  expect(await call(host, 'Look', {}, undefined, runtime)).toEqual({ ok: true, reply: { pence: 100 } })
  expect(host.calls).toMatchObject({ reads: 1, writes: 0, sends: 0 })
})

test('what is read is the newest, whatever this environment has in its cache', async () => {
  const host = memoryHost()
  const [here, there] = [environment(host, till()), environment(host, till())]
  await call(host, 'Take', { pence: 1 }, undefined, here)
  await call(host, 'Take', { pence: 9 }, undefined, there)
  expect(await call(host, 'Look', {}, undefined, here)).toEqual({ ok: true, reply: { pence: 90 } })
})

test('a call repeated under its key is answered the same and not run again, here and elsewhere', async () => {
  const host = memoryHost()
  ran = 0
  const first = await call(host, 'Take', { pence: 5 }, 'click-1')
  await call(host, 'Take', { pence: 7 }, 'click-2')
  expect(await call(host, 'Take', { pence: 5 }, 'click-1')).toEqual(first)
  expect(ran).toBe(2)
})

test('its answer outlives many others, and is gone after an hour: then it is an error, and no second run', async () => {
  const host = memoryHost()
  const runtime = environment(host, till())
  ran = 0
  const first = await call(host, 'Take', { pence: 1 }, 'click-1', runtime)
  for (let n = 0; n < 60; n++) await call(host, 'Take', { pence: 1 }, `other-${n}`, runtime)
  expect(await call(host, 'Take', { pence: 1 }, 'click-1')).toEqual(first)
  host.advance(3_600_000)
  expect(await call(host, 'Take', { pence: 1 }, 'click-1')).toMatchObject({ ok: false, code: 'reply-gone' })
  expect(ran).toBe(61)
})

test('an answer lost with its commit’s answer is found by the repetition', async () => {
  const host = memoryHost()
  host.hooks.put = (item) => (isCommit(item) ? 'answer-lost' : undefined)
  await expect(call(host, 'Take', { pence: 5 }, 'click-1')).rejects.toThrow('lost')
  host.hooks.put = undefined
  expect(await call(host, 'Take', { pence: 5 }, 'click-1')).toEqual({ ok: true, reply: { left: 95 } })
})

test('a call with effects has sent a wake before its commit, and the wake performs what a crash left behind', async () => {
  const host = memoryHost()
  host.hooks.send = (_, queue) => (queue.role === 'mailbox' ? died() : undefined)
  const runtime = environment(host, till())
  void call(host, 'Take', { pence: 20 }, 'click-1', runtime)
  await deliverAndDie(runtime, host, [])
  host.hooks.send = undefined
  expect(stateOf(host, '1')).toEqual({ pence: 80 })
  expect(sentTo(host, 'mailbox', 'ledger')).toEqual([])
  const wake = sentTo(host, 'timer', 'till').map((one) => delivery(one))
  expect(await deliver(environment(host, till()), host, wake)).toEqual([])
  expect(sentTo(host, 'mailbox', 'ledger')).toHaveLength(1)
})

test('a wake that comes before its commit waits for it, and not for ever', async () => {
  const host = memoryHost()
  host.hooks.put = passing
  await expect(call(host, 'Take', { pence: 20 })).rejects.toThrow('throttled')
  host.hooks.put = undefined
  const wake = sentTo(host, 'timer', 'till').map((one) => delivery(one))
  expect(await deliver(environment(host, till()), host, wake)).toEqual(wake)
  host.advance(900_000)
  expect(await deliver(environment(host, till()), host, wake)).toEqual([])
})

test('a lost race is run again on the winner', async () => {
  const host = memoryHost()
  const [here, there] = [environment(host, till()), environment(host, till())]
  await call(host, 'Take', { pence: 1 }, undefined, here)
  await deliver(there, host, [delivery(envelope({ to: '1', type: 'Fill', body: { pence: 50 } }))])
  expect(await call(host, 'Take', { pence: 9 }, undefined, here)).toEqual({ ok: true, reply: { left: 140 } })
})

test.each([
  ['refuses', 'Take', { pence: 500 }, 'too-little', 'not so much is left'],
  ['throws', 'Take', { pence: 13 }, 'handler-failed', 'bad luck'],
  ['cannot read the request', 'Take', { pence: 'much' }, 'invalid-body', 'pence'],
  ['does not know the call', 'Fill', {}, 'unknown-type', 'it has: Look, Take'],
])('a callee that %s says so, and nothing is kept', async (_, type, body, code, message) => {
  const host = memoryHost()
  expect(await call(host, type, body)).toMatchObject({ ok: false, code, message: expect.stringContaining(message) })
  expect(host.items.size).toBe(0)
  expect(keptReasons(host, '1')).toEqual([])
})

test('a reply too large to be kept is refused, and nothing is done', async () => {
  const host = memoryHost()
  const runtime = environment(
    host,
    till(() => ({ text: 'x'.repeat(300_001) })),
  )
  expect(await call(host, 'Take', { pence: 5 }, undefined, runtime)).toMatchObject({ ok: false, code: 'reply-too-large' })
  expect(stateOf(host, '1')).toBeUndefined()
})

test('what is no envelope is refused', async () => {
  const host = memoryHost()
  const answer = await environment(host, till()).call({ envelope: '{', deadline: host.clock.now() + 1000 })
  expect(answer).toMatchObject({ ok: false, code: 'malformed' })
})
