// One question, one decision, and everybody learns it.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { Ballot, ballotProcess, voterNotices } from '../../lib/coordination/index.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const Voter = contract('voter', { messages: { ...voterNotices } })
const voter = defineProcess(Voter, {
  state: z.object({ asked: z.array(z.string()), told: z.array(z.boolean()) }),
  uses: [Ballot],
}).handle({
  initial: () => ({ asked: [], told: [] }),
  on: {
    Asked: (ctx, { subject }) => void ctx.state.asked.push(subject),
    // Hears it at the second telling.
    Decided: (ctx, { of, accepted }) => {
      ctx.state.told.push(accepted)
      if (ctx.state.told.length === 2) ctx.send(Ballot, of.id).Heard({ voter: ctx.self })
    },
  },
})
const named = (id: string) => ({ process: 'voter', id })
const proposal = { subject: 'move', participants: ['a', 'b', 'c'].map(named), within: '1m' } as const

const proposed = async (rule: 'majority' | 'all') => {
  const world = simulate([ballotProcess({ voters: [Voter] }), voter])
  const { Propose, Ask } = world.call(Ballot, 'q')
  await Propose({ ...proposal, rule })
  const vote = async (id: string, yes: boolean): Promise<string> => {
    world.send(Ballot, 'q').Vote({ voter: named(id), yes })
    await world.advance('1s')
    return (await Ask()).decision
  }
  return { world, Propose, Ask, vote }
}

describe('a ballot', () => {
  test('asks each participant, once, whoever proposes it again', async () => {
    const { world, Propose } = await proposed('all')
    expect(await Propose({ ...proposal, rule: 'all' })).toMatchObject({ decision: 'open' })
    await world.advance('1s')
    expect(world.states(voter).map(({ asked }) => asked)).toEqual([['move'], ['move'], ['move']])
  })

  test('by majority is accepted by more than half, and rejected as soon as that cannot be', async () => {
    const yes = await proposed('majority')
    expect([await yes.vote('a', true), await yes.vote('b', false), await yes.vote('c', true)]).toEqual([
      'open',
      'open',
      'accepted',
    ])
    const no = await proposed('majority')
    expect([await no.vote('a', false), await no.vote('b', false)]).toEqual(['open', 'rejected'])
  })

  test('of all is accepted by all, and rejected by one', async () => {
    const yes = await proposed('all')
    expect([await yes.vote('a', true), await yes.vote('b', true), await yes.vote('c', true)]).toEqual([
      'open',
      'open',
      'accepted',
    ])
    const no = await proposed('all')
    expect(await no.vote('b', false)).toBe('rejected')
  })

  test('is rejected at its deadline, and votes that come later change nothing', async () => {
    const { world, vote } = await proposed('majority')
    await vote('a', true)
    await world.advance('1m')
    expect(await vote('b', true)).toBe('rejected')
    expect(world.view(Ballot, 'q')).toMatchObject({ decision: 'rejected', yes: 1 })
  })

  test('tells its decision again until each participant has heard it, and then no more', async () => {
    const { world, vote, Ask } = await proposed('all')
    await vote('a', false)
    expect(await Ask()).toMatchObject({ unheard: 3 })
    await world.advance('1d')
    expect(world.states(voter).map(({ told }) => told)).toEqual(Array.from({ length: 3 }, () => [false, false]))
    expect(await Ask()).toMatchObject({ decision: 'rejected', unheard: 0 })
  })

  test('stops telling who never hears', async () => {
    const { world, vote } = await proposed('all')
    await vote('a', true)
    for (const id of ['a', 'b', 'c']) world.send(Ballot, 'q').Heard({ voter: named(id) })
    await world.advance('60 days')
    const tellings = world.sent.filter(({ type, to }) => type === 'Decided' && to === 'voter/a')
    expect(tellings.length).toBeLessThanOrEqual(20)
  })
})

test('another subject, participants that cannot be told, and none, are refused', async () => {
  const { Propose, world } = await proposed('all')
  await expect(Propose({ ...proposal, subject: 'stay', rule: 'all' })).rejects.toThrow('already-proposed')
  const other = world.call(Ballot, 'other')
  await expect(other.Propose({ ...proposal, participants: [], rule: 'all' })).rejects.toThrow('illegal-participants')
  const stranger = [{ process: 'stranger', id: '1' }]
  await expect(other.Propose({ ...proposal, participants: stranger, rule: 'all' })).rejects.toThrow('not-told')
})

test('the vote of somebody else is kept as failed', async () => {
  const { world, vote } = await proposed('all')
  expect(await vote('z', false)).toBe('open')
  expect(world.failed().map(({ code }) => code)).toEqual(['no-participant'])
})
