import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { foundAt } from './found-at.ts'
import { libFolder, type Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'
import { mutated } from './mutation.ts'
import { type Look, prove } from './prove.ts'
import { failuresOf, tableOf } from './report.ts'

const seeds = 10_000
const naiveSeeds = 200
const limitMs = 600_000
/** `npm run prove` looks for all of them. */
const some = mutants.filter((_, n) => n % 8 === 0)

describe('the proof', () => {
  test(
    'ten thousand seeds of faults break nothing, each fault is felt, and each eighth planted bug is found',
    async () => {
      const silent: Look = () => ({ more: () => {}, end: () => {} })
      const results = await prove(
        { seeds, from: 1, threads: availableParallelism(), naiveSeeds, mutants: some, known: foundAt, exhaustive: false },
        silent,
      )
      process.stdout.write(`${tableOf(results)}\n`)
      expect(failuresOf(results)).toEqual([])
      expect({ seeds: results.sums.seeds, violations: results.sums.violations }).toEqual({ seeds, violations: 0 })
      expect(results.mutants).toHaveLength(some.length)
      expect(results.naive.violations).toBeGreaterThan(0)
    },
    limitMs,
  )

  test('plants at least forty bugs, each under a name of its own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(40)
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  })
})

describe('a planted bug', () => {
  const mutant: Mutant = {
    name: 'nothing is sent',
    rule: 'I1',
    file: 'core/effect.ts',
    find: 'parcelsOf',
    replace: '',
    workload: 'orders',
  }

  test('fits the code in one place', () => {
    for (const one of mutants) {
      const text = readFileSync(new URL(one.file, libFolder), 'utf8')
      expect(mutated(text, one)).not.toBe(text)
    }
  })

  test('that does not is refused by name', () => {
    expect(() => mutated('nothing of the kind', mutant)).toThrow('mutant "nothing is sent" no longer fits the code')
    expect(() => mutated('parcelsOf parcelsOf', mutant)).toThrow('holds its text 2 times')
  })
})
