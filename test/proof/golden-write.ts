// Writes golden.ts anew: the trace of two seeds of each workload, as the code runs them now.
import { writeFileSync } from 'node:fs'
import { runWorld, type WorkloadName, workloads } from './workloads.ts'

const lines: string[] = []
for (const name of Object.keys(workloads) as WorkloadName[]) {
  const hashes: string[] = []
  for (const seed of [1, 2]) hashes.push((await runWorld(name, seed)).world.trace.hash())
  lines.push(`  ${name}: [${hashes.map((hash) => `'${hash}'`).join(', ')}],`)
}
writeFileSync(
  new URL('./golden.ts', import.meta.url),
  `// The traces of seeds 1 and 2 of each workload, as golden-write.ts found them.
import type { WorkloadName } from './workloads.ts'

export const goldenTraces: { readonly [W in WorkloadName]: readonly [string, string] } = {
${lines.join('\n')}
}
`,
)
