import { expect, test } from '@jest/globals'
import * as CacheProcess from '../../../functions/cache/process.ts'
import { explore, summary } from '../../../lib/sim/index.ts'
import { cacheTrial } from './cache-world.ts'

test('under crashes, duplicates and all other faults the cache keeps its bound, nothing older than what was invalidated, and one loads a key at a time', async () => {
  const { app, workload, invariants, seen } = cacheTrial(CacheProcess)
  const explored = await explore(app, { seeds: 80, workload, invariants })
  process.stdout.write(`cache: ${summary(explored)}\n${JSON.stringify(seen)}\n`)
  for (const seenOften of Object.values(seen)) expect(seenOften).toBeGreaterThan(10)
}, 300_000)
