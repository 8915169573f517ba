// What every Scheduler must keep to, whatever it stands on.
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Scheduler } from '../../lib/ports/scheduler.ts'

export interface SchedulerUnderTest {
  readonly scheduler: Scheduler
  /** When a schedule fires, ms since 1970, and the body that it sends; undefined if there is none. */
  readonly find: (id: string) => Promise<{ readonly at: number; readonly body: string } | undefined>
  /** Bodies that have come to the timer queue; each is given once. */
  readonly arrived: () => Promise<readonly string[]>
  /** How long to wait for one that is due, ms: where they never come, waiting is in vain. */
  readonly patienceMs: number
  readonly close?: () => Promise<void>
}

const idOf = (): string => createHash('sha256').update(randomUUID()).digest('hex')

export const schedulerClaims = (name: string, make: () => Promise<SchedulerUnderTest>): void => {
  describe(`${name} as a scheduler`, () => {
    let under: SchedulerUnderTest
    beforeAll(async () => {
      under = await make()
    })
    afterAll(() => under.close?.())

    test('keeps a schedule with its body for a time that is not before it is due', async () => {
      const [id, at, body] = [idOf(), Date.now() + 40 * 86_400_000 + 1, '{"text":"\\u0000 ä😀"}']
      await under.scheduler.schedule({ id, at, body })
      const found = await under.find(id)
      expect(found?.body).toBe(body)
      expect(found?.at).toBeGreaterThanOrEqual(at)
      expect(found?.at).toBeLessThan(at + 1000)
    })

    test('leaves one that is there already', async () => {
      const [id, at] = [idOf(), Date.now() + 86_400_000]
      await under.scheduler.schedule({ id, at, body: 'first' })
      await under.scheduler.schedule({ id, at: at + 60_000, body: 'second' })
      expect(await under.find(id)).toMatchObject({ body: 'first' })
    })

    test('takes a body of 200 KB', async () => {
      const [id, body] = [idOf(), 'x'.repeat(200_000)]
      await under.scheduler.schedule({ id, at: Date.now() + 86_400_000, body })
      expect(await under.find(id)).toMatchObject({ body })
    })

    test('sends the body of one that is due, or was before it was made, and forgets it', async () => {
      const id = idOf()
      await under.scheduler.schedule({ id, at: Date.now() - 5000, body: id })
      const bodies: string[] = []
      for (
        const until = Date.now() + under.patienceMs;
        !bodies.includes(id) && Date.now() < until;
        bodies.push(...(await under.arrived()))
      )
        await new Promise((resolve) => setTimeout(resolve, 250))
      expect(bodies).toEqual([id])
      expect(await under.find(id)).toBeUndefined()
    }, 100_000)
  })
}
