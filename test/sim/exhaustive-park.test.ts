// Small worlds in which an ordered instance stands still on a message until the code is corrected and an operator redrives it, explored to the end.
import { expect, test } from '@jest/globals'
import * as z from 'zod'
import { deduplicationOf } from '../../lib/core/digest.ts'
import { encodeEnvelope, envelopeVersion } from '../../lib/core/envelope.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { createRuntime as realRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import { type Exhausted, exhaust } from './exhaustive.ts'
import type { Budget } from './exhaustive-environment.ts'
import { now } from './exhaustive-host.ts'
import type { Operator, SmallWorldOptions } from './exhaustive-world.ts'

interface ParkWorld extends Partial<Budget> {
  /** Messages behind the one that fails. */
  readonly behind: number
  /** How often the operator asks for the redrive. Default 1. */
  readonly redrives?: number
  readonly warm?: boolean
  /** Default 2. */
  readonly environmentsMax?: number
}

// Two environments that race for the instance after a redelivery are left out: with the message alone, and none behind it, that is 20,886 states.
const worlds: readonly ParkWorld[] = [
  { behind: 2, redrives: 2 },
  { behind: 1, warm: true },
  { behind: 2, crashes: 1 },
  { behind: 2, redeliveries: 1, environmentsMax: 1 },
  { behind: 1, crashes: 1, losses: 1 },
  { behind: 1, crashes: 1, redrives: 2 },
  { behind: 1, crashes: 1, redeliveries: 1, environmentsMax: 1 },
]

const Book = contract('book', { messages: { Write: z.object({ n: z.int() }) } })
const bookOf = (operator: Operator) =>
  // More tries than crashes, so that nothing fails but the first message.
  defineProcess(Book, { state: z.object({ pages: z.array(z.int()) }), deploy: { attempts: 2 } }).handle({
    initial: () => ({ pages: [] }),
    on: {
      Write(ctx, { n }) {
        if (n === 0 && !operator.isMended) throw new Error('the ink is dry')
        ctx.state.pages.push(n)
      },
    },
  })

const writes = (n: number): SmallWorldOptions['sends'][number] => {
  const id = `click-${n}`
  const body = encodeEnvelope({ v: envelopeVersion, id, to: 'a', type: 'Write', body: { n }, at: now, trace: id, hops: 0 })
  return [
    { role: 'mailbox', process: 'book' },
    { id: '0', body, group: 'a', deduplication: deduplicationOf(id, 'book/a') },
  ]
}

const explorePark = (world: ParkWorld, createRuntime: CreateRuntime = realRuntime): Promise<Exhausted> => {
  const { behind, redrives = 1, warm = false, environmentsMax = 2, crashes = 0, redeliveries = 0, losses = 0 } = world
  const operator: Operator = { redrives, isMended: false }
  const all = Array.from({ length: behind + 1 }, (_, n) => n)
  return exhaust({
    processes: [bookOf(operator)],
    createRuntime,
    budget: { crashes, redeliveries, losses },
    environmentsMax,
    splits: false,
    warm,
    deduplicates: false,
    sends: all.map(writes),
    operator,
    claims: ({ book }) => {
      const { pages } = (book?.a ?? { pages: [] }) as { readonly pages: readonly number[] }
      return pages.join() === all.join() ? [] : [`the pages are ${pages.join()}, and not ${all.join()}`]
    },
  })
}

test('whenever an operator redrives what an instance stands still on, and whatever goes wrong meanwhile, all is handled once and in its order', async () => {
  const sum = { executions: 0, states: 0, ends: 0, seconds: 0 }
  for (const world of worlds) {
    const { executions, states, ends, seconds, complete, violations } = await explorePark(world)
    expect({ world, violations, complete }).toEqual({ world, violations: [], complete: true })
    sum.executions += executions
    sum.states += states
    sum.ends += ends
    sum.seconds += seconds
  }
  process.stdout.write(`exhaustive, parked: ${JSON.stringify(sum)}\n`)
  expect(sum.states).toBeGreaterThan(1000)
}, 120_000)

test('a runtime that forgets on what an instance stands still is found out', async () => {
  const forgetful: CreateRuntime = (process, host) => {
    const put: typeof host.store.put = (item, condition) => {
      const { parked: _, ...attributes } = item.attributes
      return host.store.put({ ...item, attributes }, condition)
    }
    return realRuntime(process, { ...host, store: { ...host.store, put } })
  }
  const { violations } = await explorePark({ behind: 1 }, forgetful)
  expect(violations).toHaveLength(1)
}, 60_000)
