// Who leads, since when, and who is next.
import { expect, test } from '@jest/globals'
import { Election, electionProcess } from '../../lib/coordination/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const world = () => {
  const made = simulate([electionProcess()])
  const { Stand, Resign } = made.call(Election, 'e')
  return {
    ...made,
    stand: (candidate: string) => Stand({ candidate, ttl: '30s' }),
    resign: (candidate: string) => Resign({ candidate }),
  }
}

test('the first that stands leads, and everybody can see it', async () => {
  const { stand, view } = world()
  const { term } = await stand('ann')
  expect(await stand('bob')).toEqual({ leads: false, leader: 'ann', term })
  expect(view(Election, 'e')).toEqual({ leader: 'ann', term, candidates: 2 })
})

test('who goes on standing goes on leading, in the same term', async () => {
  const { stand, advance } = world()
  const first = await stand('ann')
  for (let n = 0; n < 5; n += 1) {
    await advance('20s')
    expect(await stand('ann')).toEqual(first)
  }
})

test('a leader that falls silent is followed by the next that still stands, in a later term', async () => {
  const { stand, advance, view } = world()
  const { term } = await stand('ann')
  await stand('silent')
  await advance('20s')
  await stand('bob')
  await advance('11s')
  expect(view(Election, 'e')?.leader).toBe('silent')
  await stand('bob')
  await advance('20s')
  await stand('bob')
  await advance('11s')
  expect(await stand('bob')).toEqual({ leads: true, leader: 'bob', term: term + 2 })
})

test('who resigns is followed at once', async () => {
  const { stand, resign, view } = world()
  await stand('ann')
  await stand('bob')
  expect(await resign('ann')).toEqual({ resigned: true })
  expect(view(Election, 'e')).toMatchObject({ leader: 'bob', candidates: 1 })
  expect(await resign('ann')).toEqual({ resigned: false })
})
