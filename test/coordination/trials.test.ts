// The claims of coordination in worlds in which everything goes wrong.
import { expect, test } from '@jest/globals'
import * as coordination from '../../lib/coordination/index.ts'
import { explore } from '../../lib/sim/index.ts'
import { poisoned, type TrialName, trials } from './trials.ts'

const seeds = 30

test.each(Object.keys(trials) as TrialName[])(
  'a %s keeps its claims under faults',
  async (name) => {
    const { app, workload, invariants } = trials[name](coordination)
    const explored = await explore(app, { seeds, workload, invariants })
    expect(explored.seeds).toBe(seeds)
  },
  120_000,
)

test.each(['lease', 'semaphore', 'election', 'ballot'] as const)(
  'a %s keeps its claims where messages fail for good, its own timers among them',
  async (name) => {
    const { app, workload, invariants } = trials[name](coordination)
    const explored = await explore(app, { seeds: seeds / 2, workload, invariants, faults: poisoned })
    expect(explored.failed).toBeGreaterThan(0)
  },
  120_000,
)
