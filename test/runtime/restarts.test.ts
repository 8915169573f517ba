// Restarts, their limit, and what supervisors pass on: failures go up until somebody can mend them, and nobody tries for ever.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import type { Supervision } from '../../lib/core/context.ts'
import {
  CallFailed,
  contract,
  type Deploy,
  defineProcess,
  type Failed,
  failedNotice,
  flow,
  type Intensity,
  monitorNotices,
  outcomeOf,
} from '../../lib/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const Patient = contract('patient', {
  messages: { Take: z.object({ pills: z.int() }), Rest: z.object({}), Wait: z.object({}), Leave: z.object({}) },
  calls: { Ask: { request: z.object({}), reply: z.object({}) } },
})
const Nurse = contract('nurse', { messages: { Failed: failedNotice } })
const Matron = contract('matron', { messages: { Failed: failedNotice } })

interface Ward {
  readonly restarts?: Intensity
  readonly deploy?: Deploy
  readonly heartbeat?: { readonly every: '1m' }
}

const patient = ({ restarts, deploy, heartbeat }: Ward = {}) =>
  defineProcess(Patient, {
    state: z.object({ pills: z.int(), rang: z.int() }),
    supervisor: { process: Nurse, ...(restarts && { restarts }) },
    uses: [Patient],
    internal: { Ring: z.object({}), Answered: outcomeOf(Patient, 'Ask') },
    ...(heartbeat && { heartbeat }),
    deploy: { attempts: 1, ...deploy },
  }).handle({
    initial: () => ({ pills: 0, rang: 0 }),
    on: {
      Take: ({ state }, { pills }) => {
        if (pills > 10) throw new Error('too many')
        state.pills += pills
      },
      Rest: (ctx) => {
        ctx.after('1h').Ring()
        ctx.request(Patient, 'silent').Ask({}, { outcome: 'Answered', within: '1 day' })
      },
      Wait: flow(async (ctx) => {
        await ctx.sleep('2h')
        await ctx.update((state) => {
          state.rang += 100
        })
      }),
      Leave: (ctx) => ctx.end(),
      Ring: ({ state }) => {
        state.rang += 1
      },
      Answered: ({ state }) => {
        state.rang += 10
      },
    },
    answer: {
      Ask: flow(async (ctx) => {
        await ctx.sleep('2h')
        throw new CallFailed('no', 'not today')
      }),
    },
  })

type Act = 'restart' | 'last good' | 'redrive' | 'escalate' | 'nothing'
interface Minding {
  readonly state: { told: Failed[] }
  readonly supervise: (of: typeof Patient, id: string) => Supervision
  readonly escalate: (failed: Failed) => void
}

const mind = (ctx: Minding, failed: Failed, act: Act): void => {
  ctx.state.told.push(failed)
  const they = ctx.supervise(Patient, failed.instance)
  if (act === 'restart') they.restart(failed.id)
  if (act === 'last good') they.restart(failed.id, { from: 'lastGood', why: 'it is better so' })
  if (act === 'redrive') they.redrive(failed.id)
  if (act === 'escalate') ctx.escalate(failed)
}

const state = z.object({ told: z.array(z.custom<Failed>()), heard: z.array(z.string()) })
const initial = () => ({ told: [], heard: [] })
const nurse = (act: Act, isSupervised = false) =>
  defineProcess(Nurse, {
    state,
    uses: [Patient],
    internal: { ...monitorNotices },
    ...(isSupervised && { supervisor: { process: Matron, id: 'chief' } }),
  }).handle({
    initial,
    on: {
      Failed: (ctx, failed) => mind(ctx, failed, act),
      Down: (ctx, { instance, reason }) => void ctx.state.heard.push(`${instance} ${reason}`),
      Up: (ctx, { instance, was }) => void ctx.state.heard.push(`${instance} up, was ${was}`),
    },
  })
const matron = (act: Act) =>
  defineProcess(Matron, { state, uses: [Patient] }).handle({
    initial,
    on: { Failed: (ctx, failed) => mind(ctx, failed, act) },
  })

const ward = (act: Act, options?: Ward) => {
  const [they, she] = [patient(options), nurse(act)]
  const world = simulate([they, she])
  return { world, state: () => world.state(they, '1'), told: () => world.state(she, 'patient')?.told ?? [] }
}

describe('a restart', () => {
  test('drops the message, begins from the initial state, and goes on with what is stashed', async () => {
    const { world, state, told } = ward('restart')
    for (const pills of [8, 11, 1, 2]) world.send(Patient, '1').Take({ pills })
    await world.run()
    expect(state()).toEqual({ pills: 3, rang: 0 })
    expect(told()).toMatchObject([{ instance: '1', parked: true, round: 0, exhausted: false, via: [] }])
    expect(world.resolved()).toMatchObject([{ type: 'Take', how: 'discarded' }])
    expect(world.check()).toEqual([])
  })

  test('from the last good state keeps what the instance had', async () => {
    const { world, state } = ward('last good')
    for (const pills of [8, 11, 1, 2]) world.send(Patient, '1').Take({ pills })
    await world.run()
    expect(state()).toEqual({ pills: 11, rang: 0 })
    expect(world.check()).toEqual([])
  })

  test.each([
    ['restart', 0],
    ['last good', 111],
  ] as const)('%s: timers, calls under way and flows of the instance come to %i', async (act, rang) => {
    const { world, state } = ward(act)
    world.send(Patient, '1').Rest()
    world.send(Patient, '1').Wait()
    await world.advance('10m')
    world.send(Patient, '1').Take({ pills: 11 })
    world.send(Patient, '1').Take({ pills: 1 })
    await world.advance('1 day')
    expect(state()).toEqual({ pills: 1, rang })
    expect(world.check()).toEqual([])
  })

  test('of a message that was redriven meanwhile does nothing', async () => {
    const { world, state, told } = ward('nothing')
    for (const pills of [8, 11]) world.send(Patient, '1').Take({ pills })
    await world.run()
    for (const one of world.failed()) world.redrive(one, { body: { pills: 2 } })
    await world.run()
    const [failed] = told()
    world.post(
      Patient,
      JSON.stringify({ to: '1', type: '~restart', body: { id: failed?.id }, from: 'nurse/patient' }),
      '1',
      'late',
    )
    await world.run()
    expect(state()).toEqual({ pills: 10, rang: 0 })
    expect(world.check()).toEqual([])
  })
})

describe('the limit on restarts', () => {
  test('ends what a supervisor redrives for ever, tells it so once, and keeps the message', async () => {
    const { world, told } = ward('redrive', { restarts: { most: 3, within: '1h' } })
    world.send(Patient, '1').Take({ pills: 11 })
    await world.run()
    expect(told().map(({ round, exhausted }) => [round, exhausted])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [3, false],
      [4, false],
      [4, true],
    ])
    expect(told().at(-1)).toMatchObject({ type: 'Take', code: 'handler-failed', attempts: 1, parked: true })
    expect(world.failed()).toMatchObject([{ parked: true }])
    expect(world.check()).toEqual([])
  })

  test('holds for what is set aside as well, and is over after its time', async () => {
    const { world, told } = ward('redrive', { restarts: { most: 1, within: '1h' }, deploy: { onFailure: 'setAside' } })
    world.send(Patient, '1').Take({ pills: 11 })
    await world.run()
    expect(told().map(({ round, exhausted }) => [round, exhausted])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [2, true],
    ])
    await world.advance('2h')
    world.send(Patient, '1').Take({ pills: 12 })
    await world.run()
    expect(told()).toHaveLength(8)
    expect(world.check()).toEqual([])
  })

  test('does not hold for a person', async () => {
    const { world } = ward('redrive', { restarts: { most: 0, within: '1h' } })
    world.send(Patient, '1').Take({ pills: 11 })
    await world.run()
    for (let n = 0; n < 3; n += 1) {
      for (const one of world.failed()) world.redrive(one)
      await world.run()
    }
    expect(world.resolved().length).toBeGreaterThanOrEqual(4)
    expect(world.check()).toEqual([])
  })

  test('counts each restart', async () => {
    const { world, state, told } = ward('restart', { restarts: { most: 2, within: '1h' } })
    for (const pills of [11, 11, 11, 1]) world.send(Patient, '1').Take({ pills })
    await world.run()
    expect(told().map(({ exhausted }) => exhausted)).toEqual([false, false, false, true])
    expect(state()).toEqual({ pills: 0, rang: 0 })
    expect(world.failed()).toHaveLength(1)
  })
})

describe('what a supervisor cannot mend', () => {
  test('goes to its own supervisor once the limit is reached', async () => {
    const [they, she, above] = [patient({ restarts: { most: 1, within: '1h' } }), nurse('redrive', true), matron('restart')]
    const world = simulate([they, she, above])
    for (const pills of [5, 11, 1]) world.send(Patient, '1').Take({ pills })
    await world.run()
    expect(world.state(above, 'chief')?.told).toMatchObject([
      { process: 'patient', instance: '1', type: 'Take', exhausted: true, parked: true, via: ['nurse/patient'] },
    ])
    expect(world.state(she, 'patient')?.told.every(({ exhausted }) => !exhausted)).toBe(true)
    expect(world.state(they, '1')).toEqual({ pills: 1, rang: 0 })
    expect(world.check()).toEqual([])
  })

  test('goes there at once if it says so', async () => {
    const [they, she, above] = [patient(), nurse('escalate', true), matron('last good')]
    const world = simulate([they, she, above])
    for (const pills of [5, 11, 1]) world.send(Patient, '1').Take({ pills })
    await world.run()
    expect(world.state(above, 'chief')?.told).toMatchObject([{ instance: '1', exhausted: false, via: ['nurse/patient'] }])
    expect(world.state(they, '1')).toEqual({ pills: 6, rang: 0 })
    expect(world.check()).toEqual([])
  })

  test('stays where it is if nobody is above it, and its own message has failed', async () => {
    const she = nurse('escalate')
    const world = simulate([patient(), she])
    world.send(Patient, '1').Take({ pills: 11 })
    await world.run()
    const failed = world.failed().find(({ process }) => process === 'nurse')
    expect(failed).toMatchObject({ type: 'Failed', code: 'rejected' })
    expect(failed?.reason).toContain('no-supervisor')
  })
})

test('a heartbeat has the supervisor told of an instance that stands still, and when it goes on', async () => {
  const [they, she] = [patient({ heartbeat: { every: '1m' } }), nurse('nothing')]
  const world = simulate([they, she])
  const heard = () => world.state(she, 'patient')?.heard
  for (const pills of [5, 11]) world.send(Patient, '1').Take({ pills })
  await world.advance('10m')
  expect(heard()).toEqual(['1 parked'])
  for (const one of world.failed()) world.discard(one)
  await world.advance('10m')
  expect(heard()).toEqual(['1 parked', '1 up, was parked'])
  world.send(Patient, '1').Leave()
  await world.advance('10m')
  expect(heard()).toEqual(['1 parked', '1 up, was parked', '1 ended'])
  const sent = world.sent.length
  await world.advance('1h')
  expect(world.sent).toHaveLength(sent)
  expect(world.check()).toEqual([])
})

describe('a sender', () => {
  const Order = contract('order', { messages: { Failed: failedNotice, Go: z.object({ amount: z.json() }) } })
  const Bank = contract('bank', { messages: { Pay: z.object({ amount: z.int() }) } })
  const bank = defineProcess(Bank, { state: z.object({}), tells: [Order], deploy: { attempts: 1 } }).handle({
    initial: () => ({}),
    on: {
      Pay: () => {
        throw new Error('no money')
      },
    },
  })
  const order = defineProcess(Order, { state: z.object({ told: z.array(z.custom<Failed>()) }), uses: [Bank] }).handle({
    initial: () => ({ told: [] }),
    on: {
      Go: (ctx) => ctx.send(Bank, 'b').Pay({ amount: 1 }),
      Failed: ({ state }, failed) => void state.told.push(failed),
    },
  })

  test('is told of its message, with what became of it', async () => {
    const world = simulate([bank, order])
    world.send(Order, '7').Go({ amount: 1 })
    await world.run()
    expect(world.state(order, '7')?.told).toMatchObject([{ process: 'bank', instance: 'b', type: 'Pay', code: 'handler-failed' }])
    expect(world.check()).toEqual([])
  })

  test('that nobody could understand is told as well, and one that is no process is not', async () => {
    const world = simulate([bank, order])
    const post = (from: string, key: string) =>
      world.post(Bank, JSON.stringify({ to: 'b', type: 'Pay', from, body: { amount: 'much' } }), 'b', key)
    post('order/7', 'one')
    post('~client/x', 'two')
    post('stranger/1', 'three')
    await world.run()
    expect(world.state(order, '7')?.told).toMatchObject([{ code: 'invalid-body' }])
    expect(world.sent.filter(({ type }) => type === 'Failed')).toHaveLength(1)
  })
})
