// As many as there are permits, and no more.
import { expect, test } from '@jest/globals'
import { Semaphore, semaphoreProcess } from '../../lib/coordination/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const acquiring = (permits: number | ((id: string) => number)) => {
  const world = simulate([semaphoreProcess({ permits })])
  const take = (holder: string, id = 'a') => world.call(Semaphore, id).Acquire({ holder, ttl: '30s', wait: '1h' })
  return { world, take }
}

test('as many hold a permit as there are, under tokens of their own; the others wait', async () => {
  const { world, take } = acquiring(2)
  const [ann, bob, cy] = [await take('ann'), await take('bob'), await take('cy')]
  expect([ann.held, bob.held, cy]).toEqual([true, true, { held: false, place: 1 }])
  expect(ann).not.toEqual(bob)
  expect(world.view(Semaphore, 'a')).toEqual({ held: 2, waiting: 1 })
})

test('a holder that died keeps no permit', async () => {
  const { world, take } = acquiring(1)
  await take('ann')
  await take('bob')
  await world.advance('31s')
  expect(await take('bob')).toMatchObject({ held: true })
})

test('how many there are may depend on which it is', async () => {
  const { take } = acquiring((id) => (id === 'small' ? 1 : 2))
  expect([await take('ann', 'small'), await take('bob', 'small')].map(({ held }) => held)).toEqual([true, false])
  expect([await take('ann', 'large'), await take('bob', 'large')].map(({ held }) => held)).toEqual([true, true])
})

test.each([0, 401, 1.5])('%d permits are none', (permits) => {
  expect(() => semaphoreProcess({ permits })).toThrow('illegal-permits')
})
