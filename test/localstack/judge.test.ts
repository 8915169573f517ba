import { describe, expect, test } from '@jest/globals'
import { differences } from './differences.ts'
import { judge } from './judge.ts'

const [difference] = differences
const { emulator, claim } = difference as NonNullable<typeof difference>
const results = (status: string) => [
  { fullName: 'sends', status: 'passed' },
  { fullName: 'receives', status: 'failed' },
  { fullName: claim, status },
]

describe('the verdict on a run', () => {
  test('does not count a failure that is a known difference of the emulator', () => {
    expect(judge(emulator, results('failed'))).toMatchObject({
      passed: 1,
      failed: 1,
      differing: [expect.stringContaining(claim)],
      gone: [],
    })
  })

  test('counts it on any other emulator', () => {
    expect(judge('another', results('failed'))).toMatchObject({ passed: 1, failed: 2, differing: [], gone: [] })
  })

  test('holds a known difference that no longer shows to be a failure of the list', () => {
    expect(judge(emulator, results('passed'))).toMatchObject({ passed: 1, failed: 2, differing: [], gone: [claim] })
  })
})
