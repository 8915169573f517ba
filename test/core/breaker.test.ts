// How a breaker stands: closed, open, and trying.
import { describe, expect, test } from '@jest/globals'
import { answered, closedCircuit, enter, failed, undecided } from '../../lib/core/breaker.ts'
import { breaker } from '../../lib/index.ts'

const psp = breaker('psp', { failures: 3, within: '10s', cooldown: '30s' })

/** A circuit that has just opened, at 0. */
const opened = () => {
  const circuit = closedCircuit()
  for (let n = 0; n < 3; n += 1) failed(circuit, psp, false, 0)
  return circuit
}

test('a breaker has settings that need not be given, and refuses what is no duration', () => {
  expect(breaker('psp')).toEqual({
    name: 'psp',
    failures: 5,
    withinMs: 60_000,
    cooldownMs: 30_000,
    timeoutMs: 10_000,
    through: expect.any(Function),
  })
  expect(() => breaker('psp', { within: 'soon' as '1s' })).toThrow('illegal-duration')
})

describe('a closed breaker', () => {
  test('opens with the failure that makes them enough, in a row and in time', () => {
    const circuit = closedCircuit()
    expect([0, 1000, 2000].map((at) => failed(circuit, psp, enter(circuit, psp, at), at))).toEqual([false, false, true])
    expect(() => enter(circuit, psp, 2000)).toThrow('psp failed too often')
  })

  test('forgets failures once a call goes well', () => {
    const circuit = closedCircuit()
    for (let n = 0; n < 20; n += 1) {
      failed(circuit, psp, false, n)
      failed(circuit, psp, false, n)
      answered(circuit, false)
    }
    expect(enter(circuit, psp, 20)).toBe(false)
  })

  test('forgets failures that are old', () => {
    const circuit = closedCircuit()
    for (let n = 0; n < 20; n += 1) expect(failed(circuit, psp, false, n * 5000)).toBe(false)
  })
})

describe('an open breaker', () => {
  test('lets nothing through until its cooldown is over, and says how long that is', () => {
    const circuit = opened()
    expect(() => enter(circuit, psp, 29_999)).toThrow(expect.objectContaining({ code: 'unavailable', afterMs: 1 }))
  })

  test('then lets one call try, and others wait a little', () => {
    const circuit = opened()
    expect(enter(circuit, psp, 30_000)).toBe(true)
    expect(() => enter(circuit, psp, 30_001)).toThrow(expect.objectContaining({ afterMs: 2000 }))
  })

  test('closes when that goes well', () => {
    const circuit = opened()
    answered(circuit, enter(circuit, psp, 30_000))
    expect(circuit).toEqual(closedCircuit())
  })

  test('stays open for another cooldown when that fails', () => {
    const circuit = opened()
    expect(failed(circuit, psp, enter(circuit, psp, 30_000), 31_000)).toBe(true)
    expect(() => enter(circuit, psp, 60_999)).toThrow('psp')
    expect(enter(circuit, psp, 61_000)).toBe(true)
  })

  test('lets another try when nothing was learned', () => {
    const circuit = opened()
    undecided(circuit, enter(circuit, psp, 30_000))
    expect(enter(circuit, psp, 30_001)).toBe(true)
  })

  test('is not closed by a call that was let through before', () => {
    const circuit = opened()
    answered(circuit, false)
    expect(() => enter(circuit, psp, 1000)).toThrow('psp')
    expect(failed(circuit, psp, false, 20_000)).toBe(true)
    expect(enter(circuit, psp, 30_000)).toBe(true)
  })
})
