import { expect, test } from '@jest/globals'
import { app } from '../../examples/night-watch/app.ts'
import { chief } from '../../examples/night-watch/chief.ts'
import { Pump } from '../../examples/night-watch/contracts.ts'
import { keeper } from '../../examples/night-watch/keeper.ts'
import { pump } from '../../examples/night-watch/pump.ts'
import { simulate } from '../../lib/sim/index.ts'

const night = () => {
  const world = simulate(app)
  const run = (...strokes: readonly number[]): void => {
    for (const one of strokes) world.send(Pump, '1').Run({ strokes: one })
  }
  const woken = () => world.state(chief, 'night')?.woken ?? []
  return { world, run, woken }
}

test('a full tank is emptied, and the message tried again; a jam is cleared, and what was pumped stays', async () => {
  const { world, run, woken } = night()
  run(900, 700, 100, 5000, 50)
  await world.advance('10m')
  expect(world.state(pump, '1')).toEqual({ strokes: 850 })
  expect(woken()).toEqual([])
  expect(world.check()).toEqual([])
})

test('what comes again and again wakes the chief, and the keeper knows that the pump is down until somebody mends it', async () => {
  const { world, run, woken } = night()
  run(1, 5000, 5000, 5000, 5000, 1)
  await world.advance('10m')
  expect(woken()).toEqual(['keeper/pump: pump/1, again and again: Error: jammed'])
  expect(world.state(keeper, 'pump')?.down).toEqual({ 1: 'parked' })
  for (const one of world.failed()) world.discard(one)
  await world.advance('10m')
  expect(world.state(keeper, 'pump')?.down).toEqual({})
  expect(world.state(pump, '1')).toEqual({ strokes: 2 })
  expect(world.check()).toEqual([])
})
