import { describe, expect, test } from '@jest/globals'
import { createRandom, type Random } from '../../lib/sim/random.ts'

const draw = (random: Random, count: number): readonly number[] => Array.from({ length: count }, random.next)

describe('a random stream', () => {
  test('draws the same from the same seed, and other numbers from another', () => {
    expect(draw(createRandom(7), 20)).toEqual(draw(createRandom(7), 20))
    expect(draw(createRandom(7), 20)).not.toEqual(draw(createRandom(8), 20))
  })

  test('by name does not depend on what was drawn before it', () => {
    const late = createRandom(7)
    draw(late, 100)
    expect(draw(late.stream('a'), 20)).toEqual(draw(createRandom(7).stream('a'), 20))
    expect(draw(late.stream('b'), 20)).not.toEqual(draw(late.stream('a'), 20))
  })

  test('is spread evenly', () => {
    const random = createRandom(1)
    const counts = Array.from({ length: 10 }, () => 0)
    for (let n = 0; n < 10_000; n += 1) {
      const drawn = random.int(10)
      counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    for (const count of counts) expect(count).toBeGreaterThan(800)
  })

  test('keeps to its bounds, ends included', () => {
    const random = createRandom(1)
    expect(new Set(Array.from({ length: 200 }, () => random.between(3, 5)))).toEqual(new Set([3, 4, 5]))
  })

  test('draws nothing for a chance of 0', () => {
    const random = createRandom(1)
    random.chance(0)
    expect(random.next()).toBe(createRandom(1).next())
  })
})
