import { describe, expect, test } from '@jest/globals'
import type { Plan } from '../../lib/sim/plan.ts'
import { shrink, type Trial } from '../../lib/sim/shrink.ts'

const first = { schedule: 1, sends: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], strikes: ['crash a 1', 'throttle b 2', 'duplicate c 1'] }
const strikesOf = ({ strikes }: Plan): readonly string[] => ('of' in strikes ? first.strikes : strikes)

/** Shrinks a run that fails if `fails` says so; every attempt is noted. */
const shrunk = async (fails: (plan: Plan) => boolean, bounds: { runsMax?: number; eventsMax?: number } = {}) => {
  const attempts: Plan[] = []
  const attempt = async (plan: Plan): Promise<Trial> => {
    attempts.push(plan)
    return { broken: fails(plan), strikes: strikesOf(plan), events: 10 }
  }
  return { ...(await shrink(first, { attempt, runsMax: 300, eventsMax: 1e6, ...bounds })), attempts }
}
const has = (plan: Plan, ...sends: readonly number[]): boolean => sends.every((send) => plan.sends.includes(send))

describe('a failing run', () => {
  test('is left with the sends that matter, and no fault where none does', async () => {
    const { plan } = await shrunk((one) => has(one, 3, 7))
    expect(plan).toMatchObject({ sends: [3, 7], strikes: [] })
  })

  test('is left with the one fault that matters', async () => {
    const { plan } = await shrunk((one) => has(one, 5) && strikesOf(one).includes('throttle b 2'))
    expect(plan).toMatchObject({ sends: [5], strikes: ['throttle b 2'] })
  })

  test('is tried in other orders where a smaller one does well in its own', async () => {
    const { plan } = await shrunk((one) => has(one, 2) && (one.sends.length === 10 || one.schedule % 2 === 0))
    expect(plan.sends).toEqual([2])
    expect(plan.schedule % 2).toBe(0)
  })

  test('stays as it is where nothing smaller fails', async () => {
    const { plan } = await shrunk((one) => one.sends.length === 10 && strikesOf(one).length === 3)
    expect(plan).toEqual(first)
  })

  test('is run no more often than the bounds allow', async () => {
    expect((await shrunk(() => false, { runsMax: 7 })).attempts).toHaveLength(7)
    expect((await shrunk(() => false, { eventsMax: 50 })).attempts).toHaveLength(5)
  })

  test('shrinks the same way each time', async () => {
    const fails = (one: Plan): boolean => has(one, 1, 8) && one.schedule !== 3
    expect(await shrunk(fails)).toEqual(await shrunk(fails))
  })
})
