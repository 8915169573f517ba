import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess } from '../../lib/index.ts'
import { noFaults } from '../../lib/sim/faults.ts'
import { type ExploreOptions, explore, type Random, Violated, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'

const Mail = contract('mail', { messages: { Send: z.object({ n: z.int() }) } })
/** What an outside service was asked to send. */
let letters: number[] = []
const mail = defineProcess(Mail, { state: z.object({ sent: z.int(), retried: z.boolean() }) }).handle({
  initial: () => ({ sent: 0, retried: false }),
  on: {
    Send(ctx, { n }) {
      letters.push(n)
      ctx.state.sent += 1
      ctx.state.retried ||= ctx.attempt > 1
    },
  },
})

const posting = async (world: World, random: Random): Promise<void> => {
  letters = []
  for (let n = 0; n < 20; n += 1) {
    world.send(Mail, random.pick(['a', 'b', 'c'])).Send({ n })
    await world.advance(random.int(10_000))
  }
}
const twice = { 'no letter is sent twice': () => new Set(letters).size === letters.length }

const violatedBy = async (options: ExploreOptions): Promise<Violated> => {
  const thrown = await explore([mail], options).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(Violated)
  return thrown as Violated
}

const workload = (world: World): void => world.send(Mail, 'a').Send({ n: 1 })

describe('exploring', () => {
  test('stops at the first seed that breaks a claim, and names it', async () => {
    const invariants = { 'nobody sends': ({ state }: World) => state(mail, 'a')?.sent === 0 }
    const violated = await violatedBy({ seeds: { from: 7, count: 3 }, workload, invariants })
    expect(violated).toMatchObject({ seed: 7, violations: ['nobody sends'] })
  })

  test('takes words for what is wrong, and what a claim throws', async () => {
    const invariants = {
      'says so': ({ instances }: World) => [...instances(mail).keys()].map((id) => `mail/${id} is there`),
      throws: ({ states }: World) => {
        expect(states(mail)).toEqual([])
        return true
      },
    }
    const { violations } = await violatedBy({ seeds: 1, workload, invariants })
    expect(violations[0]).toBe('says so: mail/a is there')
    expect(violations[1]).toMatch(/^throws: /)
  })

  test('reports what was run', async () => {
    const { seeds, messages, commits, faults } = await explore([mail], { seeds: 20, workload })
    expect({ seeds, messages }).toEqual({ seeds: 20, messages: 20 })
    expect(commits).toBeGreaterThanOrEqual(20)
    expect(faults.crash.bit).toBeLessThanOrEqual(faults.crash.injected)
  })

  test('gives each workload chance of its own', async () => {
    const drawn: number[] = []
    await explore([mail], { seeds: 2, workload: (_, random) => void drawn.push(random.next()) })
    expect(new Set(drawn).size).toBe(2)
    expect(drawn).not.toContain(createRandom(1).next())
  })
})

describe('a seed that breaks a claim', () => {
  test('is made smaller, to what matters', async () => {
    const { story } = await violatedBy({ seeds: 100, workload: posting, invariants: twice })
    expect(story.sends.of).toBe(20)
    expect(story.sends.left).toBeLessThanOrEqual(6)
    expect(story.faults.left).toBeLessThanOrEqual(2)
    expect(story.runs).toBeLessThanOrEqual(300)
    expect(story.ended).toEqual(['no letter is sent twice'])
  })

  test('keeps the fault without which it holds', async () => {
    const invariants = { 'each first try does': ({ states }: World) => states(mail).every(({ retried }) => !retried) }
    const { story, message } = await violatedBy({
      seeds: 100,
      workload: posting,
      faults: { ...noFaults, handlerThrows: 0.1 },
      invariants,
    })
    expect(story.sends.left).toBe(1)
    expect(story.faults.left).toBe(1)
    expect(message).toMatch(/ fault handlerThrows: Send for mail/)
  })

  test('tells the same story each time, as lines and as a diagram', async () => {
    const invariants = { 'nobody sends': ({ states }: World) => states(mail).length === 0 }
    const one = await violatedBy({ seeds: 30, workload, invariants })
    const other = await violatedBy({ seeds: 30, workload, invariants })
    expect(one.message).toBe(other.message)
    expect(one.message).toContain('mail/a handles Send, version 1')
    expect(one.message).toContain('sequenceDiagram\n  participant p0 as client')
    expect(one.message).toContain('GAVOTTE_SEED=1')
  })

  test('that does not break it again is said to hold something that is not from the seed', async () => {
    let asked = 0
    const { story, message } = await violatedBy({ seeds: 1, workload, invariants: { 'asked again': () => ++asked > 1 } })
    expect(story.ended).toEqual([])
    expect(message).toContain('something in it does not come from the seed')
  })

  test('has a bounded message, and all of it in the file that GAVOTTE_STORY names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gavotte-story-'))
    process.env.GAVOTTE_STORY = join(folder, 'story.md')
    try {
      const many = (world: World): void => {
        for (let n = 0; n < 60; n += 1) world.send(Mail, String(n)).Send({ n })
      }
      const invariants = { 'few are there': ({ states }: World) => states(mail).length < 50 }
      const { message } = await violatedBy({ seeds: 1, workload: many, invariants })
      const whole = readFileSync(process.env.GAVOTTE_STORY, 'utf8')
      expect(message.split('\n').length).toBeLessThan(150)
      expect(whole.split('\n').length).toBeGreaterThan(200)
      expect(whole).toContain('```mermaid\nsequenceDiagram')
      expect(whole).toMatch(/invokes mail-1/)
    } finally {
      delete process.env.GAVOTTE_STORY
      await rm(folder, { recursive: true })
    }
  }, 60_000)
})
