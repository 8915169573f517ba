// Monitors: who watches another instance is told when it is not there, and when it is again, each once.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, monitorNotices } from '../../lib/index.ts'
import { simulate, type World } from '../../lib/sim/index.ts'

const Patient = contract('patient', { messages: { Take: z.object({ pills: z.int() }), Leave: z.object({}) } })
const Ward = contract('ward', {
  messages: { Watch: z.object({ id: z.string(), within: z.int() }), Forget: z.object({ id: z.string() }), Close: z.object({}) },
})

const patient = defineProcess(Patient, { state: z.object({ pills: z.int() }), deploy: { attempts: 1 } }).handle({
  initial: () => ({ pills: 0 }),
  on: {
    Take: ({ state }, { pills }) => {
      if (pills > 10) throw new Error('too many')
      state.pills += pills
    },
    Leave: (ctx) => ctx.end(),
  },
})

const ward = defineProcess(Ward, {
  state: z.object({ log: z.array(z.string()) }),
  uses: [Patient],
  internal: { ...monitorNotices },
}).handle({
  initial: () => ({ log: [] }),
  on: {
    Watch: (ctx, { id, within }) => ctx.monitor(Patient, id, { within }),
    Forget: (ctx, { id }) => ctx.demonitor(Patient, id),
    Close: (ctx) => ctx.end(),
    Down: ({ state, now }, { process, instance, reason }) =>
      void state.log.push(`${now.toISOString().slice(11, 16)} ${process}/${instance} down: ${reason}`),
    Up: ({ state, now }, { process, instance, was }) =>
      void state.log.push(`${now.toISOString().slice(11, 16)} ${process}/${instance} up, was ${was}`),
  },
})

const minute = 60_000
const watching = async (): Promise<{ readonly world: World; readonly log: () => readonly string[] }> => {
  const world: World = simulate([patient, ward])
  world.send(Patient, '1').Take({ pills: 1 })
  world.send(Ward, 'w').Watch({ id: '1', within: minute })
  await world.advance('5m')
  return { world, log: () => world.state(ward, 'w')?.log ?? [] }
}

describe('an instance that is monitored', () => {
  test('and is there is not spoken of', async () => {
    const { world, log } = await watching()
    expect(log()).toEqual([])
    expect(world.check()).toEqual([])
  })

  test('is down once it stands still, told once, and up again when it goes on', async () => {
    const { world, log } = await watching()
    world.send(Patient, '1').Take({ pills: 11 })
    await world.advance('10m')
    expect(log()).toEqual(['00:05 patient/1 down: parked'])
    for (const one of world.failed()) world.discard(one)
    await world.advance('10m')
    expect(log()).toEqual(['00:05 patient/1 down: parked', '00:15 patient/1 up, was parked'])
    expect(world.check()).toEqual([])
  })

  test('is down once it has ended, and up when a message begins it anew', async () => {
    const { world, log } = await watching()
    world.send(Patient, '1').Leave()
    await world.advance('5m')
    world.send(Patient, '1').Take({ pills: 1 })
    await world.advance('5m')
    expect(log()).toEqual(['00:05 patient/1 down: ended', '00:10 patient/1 up, was ended'])
    expect(world.check()).toEqual([])
  })

  test('costs its own table a read a round, and no write', async () => {
    const { world } = await watching()
    const { version } = { version: world.counts().commits }
    const before = { ...world.calls }
    await world.advance('10m')
    expect(world.calls.sends - before.sends).toBeLessThanOrEqual(30)
    // The ward's own: one for each timer, one for each answer.
    expect(world.counts().commits - version).toBe(20)
  })

  test('is forgotten when nobody wants to know any more, or who did has ended', async () => {
    const { world, log } = await watching()
    world.send(Ward, 'w').Forget({ id: '1' })
    await world.advance('1m')
    const sent = world.sent.length
    world.send(Patient, '1').Leave()
    await world.advance('1h')
    expect(log()).toEqual([])
    expect(world.sent.length).toBe(sent + 1)
    world.send(Ward, 'w').Watch({ id: '1', within: minute })
    world.send(Ward, 'w').Close()
    await world.advance('1h')
    expect(world.sent.length).toBe(sent + 4)
    expect(world.check()).toEqual([])
  })
})
