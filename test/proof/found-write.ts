// Writes found-at.ts anew: each planted bug is hunted from seed 1.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { mutants } from './mutants.ts'
import { prove } from './prove.ts'

const look = (what: string, total: number) => {
  let done = 0
  return {
    more: (count: number) => {
      done += count
      process.stderr.write(`\r${what}: ${done} of ${total} `)
    },
    end: () => void process.stderr.write('\n'),
  }
}
const results = await prove(
  { seeds: 0, from: 1, threads: availableParallelism(), naiveSeeds: 0, mutants, exhaustive: false },
  look,
)
const lines = results.mutants
  .flatMap(({ name, seed }) => (seed === undefined ? [] : [`  ${JSON.stringify(name)}: ${seed},`]))
  .sort()
writeFileSync(
  new URL('./found-at.ts', import.meta.url),
  `// The seed at which each planted bug showed first, as found-write.ts hunted them: npm test looks there before it hunts.
export const foundAt: { readonly [name: string]: number } = {
${lines.join('\n')}
}
`,
)
for (const { name, seed } of results.mutants) if (seed === undefined) process.stderr.write(`not found: ${name}\n`)
