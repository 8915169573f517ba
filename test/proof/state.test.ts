import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Look, type ProveOptions, prove } from './prove.ts'
import { lineOf } from './report.ts'

const folder = mkdtempSync(join(tmpdir(), 'gavotte-proof-'))
const file = join(folder, 'progress.json')
const silent: Look = () => ({ more: () => {}, end: () => {} })
const options: ProveOptions = { seeds: 200, from: 1, threads: 1, naiveSeeds: 0, mutants: [], exhaustive: false }
let whole: Awaited<ReturnType<typeof prove>>

beforeAll(async () => {
  whole = await prove(options, silent)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('a proof that was cut off goes on where it was, and comes to the same sums', async () => {
  const cutOff: Look = (what) => {
    let chunks = 0
    return {
      more: () => {
        chunks += 1
        if (what === 'seeds' && chunks === 2) throw new Error('cut off')
      },
      end: () => {},
    }
  }
  await expect(prove({ ...options, resume: file }, cutOff)).rejects.toThrow('cut off')
  // Whoever dies while writing leaves the half of a new file beside the old one.
  writeFileSync(`${file}.new`, '{"code":')
  let chunks = 0
  const counted: Look = () => ({
    more: () => {
      chunks += 1
    },
    end: () => {},
  })
  const resumed = await prove({ ...options, resume: file }, counted)
  expect(chunks).toBe(2)
  expect(resumed.sums).toEqual(whole.sums)
}, 120_000)

test('a file of another proof, or of other code, is refused', async () => {
  await expect(prove({ ...options, from: 7, resume: file }, silent)).rejects.toThrow('is of a proof from seed 1')
  const kept = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...kept, code: 'another' }))
  await expect(prove({ ...options, resume: file }, silent)).rejects.toThrow('is of other code')
})

test('the line for machines is one line', () => {
  const line = lineOf(whole)
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toMatchObject({
    seeds: 200,
    violations: 0,
    faults: { crash: { injected: expect.any(Number), biting: expect.any(Number) } },
    mutants: { found: 0, total: 0 },
    exhaustiveStates: 0,
    seconds: expect.any(Number),
  })
})
