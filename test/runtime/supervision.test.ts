// Supervision: failures become messages, and a supervisor's word sets an instance going.
import { expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, failedNotice } from '../../lib/index.ts'
import { sentTo } from './asking.ts'
import { again, deliver, delivery, envelope, keyed, memoryHost } from './memory-host.ts'
import { environment, standing, stateOf } from './processes.ts'

const Nurse = contract('nurse', { messages: { Failed: failedNotice } })
const Patient = contract('patient', { messages: { Take: z.object({ pills: z.int() }) } })

const patient = (onFailure: 'park' | 'setAside' = 'park') =>
  defineProcess(Patient, {
    state: z.object({ pills: z.int() }),
    supervisor: { process: Nurse },
    deploy: { attempts: 1, onFailure },
  }).handle({
    initial: () => ({ pills: 0 }),
    on: {
      Take: ({ state }, { pills }) => {
        if (state.pills + pills > 10) throw new Error('too many')
        state.pills += pills
      },
    },
  })

const nurse = (act: 'restart' | 'discard') =>
  defineProcess(Nurse, { state: z.object({ seen: z.int() }), uses: [Patient] }).handle({
    initial: () => ({ seen: 0 }),
    on: {
      Failed: (ctx, { instance, id, parked }) => {
        ctx.state.seen += 1
        const they = ctx.supervise(Patient, instance)
        if (act === 'restart') {
          they.restart()
          if (parked) they.redrive(id)
        } else they.discard(id, 'no more pills')
      },
    },
  })

const take = (pills: number) => envelope({ to: '1', type: 'Take', body: { pills } })

test.each([
  ['restart', 5],
  ['discard', 10],
] as const)('a supervisor that is told may %s', async (act, after) => {
  const [ward, desk] = [memoryHost(), memoryHost()]
  const runtime = environment(ward, patient())
  const bad = take(act === 'restart' ? 5 : 9)
  await deliver(runtime, ward, [delivery(take(8)), delivery(bad), delivery(take(act === 'restart' ? 0 : 2))])
  const [notice] = sentTo(ward, 'mailbox', 'nurse')
  expect(notice).toMatchObject({
    to: 'patient',
    type: 'Failed',
    body: { process: 'patient', instance: '1', id: bad.id, type: 'Take', code: 'handler-failed', attempts: 1, parked: true },
  })
  await deliver(environment(desk, nurse(act)), desk, [delivery(notice as never)])
  expect(stateOf(desk, 'patient')).toEqual({ seen: 1 })
  for (const order of sentTo(desk, 'mailbox', 'patient')) await deliver(runtime, ward, [delivery(order)])
  expect(stateOf(ward, '1')).toEqual({ pills: after })
  expect(standing(ward, '1')).toMatchObject({ parked: undefined, failed: 0 })
})

test('a failure is told once, however often its message comes', async () => {
  const host = memoryHost()
  const runtime = environment(host, patient('setAside'))
  const bad = delivery(take(11))
  for (let n = 1; n <= 3; n++) await deliver(runtime, host, [again(bad, n)])
  expect(sentTo(host, 'mailbox', 'nurse')).toHaveLength(1)
})

test('what nobody could have handled is not told: it is nobody’s failure', async () => {
  const host = memoryHost()
  await deliver(environment(host, patient()), host, [
    delivery(envelope({ to: '1', type: 'Give' })),
    delivery(keyed('k', { to: '1', type: 'Take', body: {} })),
  ])
  expect(sentTo(host, 'mailbox', 'nurse')).toEqual([])
})
