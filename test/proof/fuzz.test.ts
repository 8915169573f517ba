import { expect, test } from '@jest/globals'
import { fuzz } from './fuzz.ts'

test('of 5,000 malformed messages each is refused with a reason and kept, and none holds up the valid ones', async () => {
  const { malformed, valid, faults } = await fuzz(5000)
  expect(faults).toEqual([])
  expect(malformed).toBeGreaterThanOrEqual(5000)
  expect(valid).toBeGreaterThan(1000)
})
