import { describe, expect, test } from '@jest/globals'
import { createTime } from '../../lib/sim/time.ts'

const unbounded = { until: Number.POSITIVE_INFINITY, eventsMax: Number.POSITIVE_INFINITY }

describe('virtual time', () => {
  test('runs events in the order of their times, and of one time in the order in which they were set', async () => {
    const time = createTime(1000)
    const seen: string[] = []
    for (const [ms, name] of [
      [30, 'c'],
      [10, 'a'],
      [30, 'd'],
      [20, 'b'],
    ] as const)
      time.after(ms, () => seen.push(`${name}${time.now()}`))
    expect(await time.run(unbounded)).toBe('quiet')
    expect(seen).toEqual(['a1010', 'b1020', 'c1030', 'd1030'])
  })

  test('settles all promises of an event before the next', async () => {
    const time = createTime(0)
    const seen: string[] = []
    time.after(1, () => {
      void (async () => {
        for (let n = 0; n < 50; n += 1) await Promise.resolve()
        seen.push('settled')
      })()
    })
    time.after(1, () => seen.push('next'))
    await time.run(unbounded)
    expect(seen).toEqual(['settled', 'next'])
  })

  test('stops before what lies past its bound, and goes on from there', async () => {
    const time = createTime(0)
    const seen: number[] = []
    for (const ms of [5, 10, 15]) time.after(ms, () => seen.push(ms))
    expect(await time.run({ ...unbounded, until: 10 })).toBe('time')
    expect(seen).toEqual([5, 10])
    expect(await time.run(unbounded)).toBe('quiet')
    expect(seen).toEqual([5, 10, 15])
  })

  test('stops after as many events as it was given', async () => {
    const time = createTime(0)
    const again = (): void => time.after(1, again)
    again()
    expect(await time.run({ ...unbounded, eventsMax: 1000 })).toBe('events')
    expect(time.events()).toBe(1000)
  })

  test('puts what was due in the past at once', async () => {
    const time = createTime(100)
    let at = 0
    time.at(50, () => {
      at = time.now()
    })
    await time.run(unbounded)
    expect(at).toBe(100)
  })

  test('passes on what an event throws', async () => {
    const time = createTime(0)
    time.after(1, () => {
      throw new Error('from an event')
    })
    await expect(time.run(unbounded)).rejects.toThrow('from an event')
  })
})
