// Monitors of flows: what they tell comes to the flow that waits for it, once, whatever the environments do.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, type Deploy, defineProcess, flow, monitorNotices } from '../../lib/index.ts'
import { explore, type Random, simulate, type World } from '../../lib/sim/index.ts'

const Patient = contract('patient', { messages: { Take: z.object({ pills: z.int() }), Leave: z.object({}) } })
const Ward = contract('ward', { messages: { Nurse: z.object({ id: z.string() }), Leave: z.object({}) } })

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

const warding = (deploy: Deploy = {}) =>
  defineProcess(Ward, {
    state: z.object({ log: z.array(z.string()), late: z.int() }),
    uses: [Patient],
    internal: { ...monitorNotices },
    deploy,
  }).handle({
    initial: () => ({ log: [], late: 0 }),
    on: {
      // Until it is well again, or gone.
      Nurse: flow(async (ctx, { id }) => {
        ctx.compensate(() => ctx.demonitor(Patient, id))
        ctx.monitor(Patient, id, { within: '1m' })
        for (let illnesses = 0; illnesses < 3; illnesses += 1) {
          const { instance, reason } = await ctx.receive('Down')
          await ctx.update(({ log }) => log.push(`${instance} ${reason}`))
          if (reason === 'ended') break
          const up = await ctx.receive('Up')
          await ctx.update(({ log }) => log.push(`${up.instance} up`))
        }
        ctx.demonitor(Patient, id)
      }),
      Leave: (ctx) => ctx.end(),
      Down: flow.receivesOr(({ state }) => void state.late++),
      Up: flow.receivesOr(({ state }) => void state.late++),
    },
  })
const ward = warding()

describe('a flow that monitors', () => {
  test('receives what comes of it, and nothing once it has said so', async () => {
    const world = simulate([patient, ward])
    world.send(Patient, '1').Take({ pills: 1 })
    world.send(Ward, 'w').Nurse({ id: '1' })
    await world.advance('5m')
    world.send(Patient, '1').Take({ pills: 11 })
    await world.advance('5m')
    const [stopped] = world.failed()
    if (stopped !== undefined) world.discard(stopped)
    await world.advance('5m')
    world.send(Patient, '1').Leave()
    await world.advance('5m')
    const asked = world.sent.filter(({ type }) => type === '~ping').length
    await world.advance('1h')
    expect(world.state(ward, 'w')).toEqual({ log: ['1 parked', '1 up', '1 ended'], late: 0 })
    expect(world.sent.filter(({ type }) => type === '~ping')).toHaveLength(asked)
    expect([world.check(), world.failed()]).toEqual([[], []])
  })

  test('is undone with its monitor when it is cancelled', async () => {
    const world = simulate([patient, ward])
    world.send(Patient, '1').Take({ pills: 1 })
    world.send(Ward, 'w').Nurse({ id: '1' })
    await world.advance('5m')
    world.cancel(Ward, 'w')
    world.send(Patient, '1').Leave()
    await world.advance('1h')
    expect(world.state(ward, 'w')).toEqual({ log: [], late: 0 })
    expect(world.check()).toEqual([])
  })

  test('fails where its process takes no notices', async () => {
    const deaf = defineProcess(Ward, { state: z.object({}), uses: [Patient], deploy: { timers: true } }).handle({
      initial: () => ({}),
      on: {
        Nurse: flow(async (ctx, { id }) => {
          ctx.monitor(Patient, id, { within: '1m' } as never)
          await ctx.sleep('1h')
        }),
        Leave: () => {},
      },
    })
    const world = simulate([patient, deaf])
    world.send(Ward, 'w').Nurse({ id: '1' })
    await world.run()
    const [failed] = world.failed()
    expect(failed?.code).toBe('flow-failed')
    expect(failed?.reason).toContain('monitorNotices')
  })
})

const nursing = async (world: World, random: Random): Promise<void> => {
  for (let n = 0; n < 6; n += 1) {
    const id = random.pick(['1', '2'])
    const doing = random.next()
    if (doing < 0.4) world.send(Ward, 'w').Nurse({ id })
    else if (doing < 0.6) world.send(Patient, id).Leave()
    else if (doing < 0.7) world.cancel(Ward, 'w')
    else world.send(Patient, id).Take({ pills: random.pick([1, 1, 11]) })
    await world.advance(random.int(600_000))
  }
  world.send(Ward, 'w').Leave()
}

test.each(['park', 'setAside'] as const)(
  'flows that monitor keep every guarantee under all faults, with onFailure %s',
  async (onFailure) => {
    const explored = await explore([patient, warding({ onFailure })], {
      seeds: 12,
      workload: nursing,
      faults: { handlerThrows: 0.02 },
      operator: { discards: true },
    })
    expect(explored.seeds).toBe(12)
  },
  60_000,
)
