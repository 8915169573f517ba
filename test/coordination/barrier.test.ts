// Nobody goes on before all have come.
import { expect, test } from '@jest/globals'
import { Barrier, barrierProcess } from '../../lib/coordination/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const arriving = () => {
  const world = simulate([barrierProcess()])
  return (party: string, parties = 2) => world.call(Barrier, 'round-1').Arrive({ party, parties })
}

test('it opens with the last that comes, and stays open', async () => {
  const arrive = arriving()
  expect(await arrive('ann')).toEqual({ open: false, arrived: 1, parties: 2 })
  expect(await arrive('bob')).toEqual({ open: true, arrived: 2, parties: 2 })
  expect(await arrive('ann')).toEqual({ open: true, arrived: 2, parties: 2 })
})

test('whoever comes twice counts once', async () => {
  const arrive = arriving()
  await arrive('ann')
  expect(await arrive('ann')).toEqual({ open: false, arrived: 1, parties: 2 })
})

test('one too many is refused, and who expects another number too', async () => {
  const arrive = arriving()
  await expect(arrive('ann', 0)).rejects.toThrow('illegal-parties')
  await arrive('ann')
  await expect(arrive('bob', 3)).rejects.toThrow('other-parties')
  await arrive('bob')
  await expect(arrive('cy')).rejects.toThrow('too-many-parties')
})
