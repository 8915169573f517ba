// What a reader may rely on in every file: each test is a rule, its failure names the place and what to do there.
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { impureCoreImports, processTrespasses, strayImports } from './tidy/rooms.ts'
import { type Fault, listFiles, readSource, type Source } from './tidy/source.ts'
import { crowdedEdges, environmentReads, hiddenExports, impurities, leftovers, partialTests } from './tidy/syntax.ts'
import { longFiles, machinePaths, registryHosts, vagueFolders } from './tidy/text.ts'

interface Rule {
  readonly claim: string
  readonly covers: RegExp
  readonly faults: (source: Source) => readonly Fault[]
  /** Files that break it, as a path and a text. */
  readonly broken: readonly (readonly [path: string, text: string])[]
}

const product = /^(?:lib|functions|infra)\/.+\.ts$/
const everyModule = /^(?:lib|functions|infra|test|bench)\/.+\.ts$/

const rules: readonly Rule[] = [
  {
    claim:
      'imports of lib point one way: core, ports, runtime, then aws and sim, local, cli; cdk reads core alone, coordination core and the public door',
    covers: /^lib\/.+\.ts$/,
    faults: strayImports,
    broken: [
      ['lib/core/hop.ts', "import { send } from '../runtime/send.ts'"],
      ['lib/core/hop.ts', "import { readFile } from 'node:fs'"],
      ['lib/ports/store.ts', "export type { Host } from '../runtime/host.ts'"],
      ['lib/runtime/host.ts', "import type { Item } from '../aws/store.ts'"],
      ['lib/runtime/host.ts', "import { SQSClient } from '@aws-sdk/client-sqs'"],
      ['lib/aws/store.ts', "const sim = await import('../sim/store.ts')"],
      ['lib/sim/cloud.ts', "import '../local/cloud.ts'"],
      ['lib/cli/main.ts', "import { Topology } from '../cdk/topology.ts'"],
      ['lib/cdk/topology.ts', "import { order } from '../../functions/order/process.ts'"],
      ['lib/cdk/topology.ts', "import { Stack } from 'aws-cdk-lib'"],
      ['lib/plugins/one.ts', ''],
    ],
  },
  {
    claim: 'the core takes nothing but hash from node:crypto',
    covers: /^lib\/core\//,
    faults: impureCoreImports,
    broken: [['lib/core/ids.ts', "import { randomUUID } from 'node:crypto'"]],
  },
  {
    claim: 'the core has no clock, no dice, no environment and awaits nothing',
    covers: /^lib\/core\//,
    faults: impurities,
    broken: [
      ['lib/core/a.ts', 'const at = Date.now()'],
      ['lib/core/a.ts', 'const at = new Date()'],
      ['lib/core/a.ts', 'const chance = Math.random()'],
      ['lib/core/a.ts', 'const id = crypto.randomUUID()'],
      ['lib/core/a.ts', 'const table = process.env.TABLE'],
      ['lib/core/a.ts', 'const later = async () => 1'],
      ['lib/core/a.ts', 'const one = await load()'],
      ['lib/core/a.ts', 'setTimeout(act, 10)'],
    ],
  },
  {
    claim:
      'processes of the reference app know each other by contract and client alone, and a handler wires its own process only',
    covers: /^functions\/.+\.ts$/,
    faults: processTrespasses,
    broken: [
      ['functions/order/contract.ts', "import { Payment } from '../payment/contract.ts'"],
      ['functions/order/process.ts', "import { payment } from '../payment/process.ts'"],
      ['functions/order/handler.ts', "import { payment } from '../payment/process.ts'"],
      ['functions/order/handler.ts', "import { SQSClient } from '@aws-sdk/client-sqs'"],
      ['functions/order/prices.ts', "import { charge } from '../payment/charge.ts'"],
    ],
  },
  {
    claim: 'core, ports, runtime and processes do not read the environment',
    covers: /^(?:lib\/(?:core|ports|runtime)|functions)\/.+\.ts$/,
    faults: environmentReads,
    broken: [
      ['lib/runtime/a.ts', 'const { TABLE } = process.env'],
      ['lib/runtime/a.ts', 'const { env } = process'],
      ['functions/order/process.ts', "import { env } from 'node:process'"],
    ],
  },
  {
    claim: 'doors name each export, and only rooms have doors',
    covers: /^lib\/.+\.ts$/,
    faults: hiddenExports,
    broken: [
      ['lib/index.ts', "export * from './core/app.ts'"],
      ['lib/core/record/index.ts', "export { load } from './load.ts'"],
    ],
  },
  {
    claim: 'no file of lib, functions or infra is longer than 300 lines',
    covers: product,
    faults: longFiles,
    broken: [['lib/core/a.ts', 'act()\n'.repeat(301)]],
  },
  {
    claim: 'each folder is named by its job',
    covers: /^(?:lib|functions|infra|bench)\//,
    faults: vagueFolders,
    broken: [['lib/core/utils/text.ts', '']],
  },
  {
    claim: 'no work is left for later in a comment',
    covers: everyModule,
    faults: leftovers,
    broken: [['lib/core/a.ts', '// TODO: the rest']],
  },
  {
    claim: 'every test runs',
    covers: /^test\/.+\.ts$/,
    faults: partialTests,
    broken: [
      ['test/a.test.ts', "test.only('one', act)"],
      ['test/a.test.ts', "describe.skip.each([1])('one', act)"],
      ['test/a.test.ts', "xtest('one', act)"],
    ],
  },
  {
    claim: 'the lockfile names no registry',
    covers: /^package-lock\.json$/,
    faults: registryHosts,
    broken: [['package-lock.json', '  "resolved": "https://registry.example/a.tgz",']],
  },
  {
    claim: 'no file names a path of one machine',
    covers: /^(?!test\/tidy\.test\.ts$)/,
    faults: machinePaths,
    broken: [
      ['docs/guide.md', 'cd /home/ann/gavotte'],
      ['bench/run.ts', "const out = '/root/out'"],
    ],
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = listFiles(root).map((path) => readSource(root, path))
const covered = ({ covers }: Rule): readonly Source[] => sources.filter(({ path }) => covers.test(path))

describe('every file keeps the rules', () => {
  for (const rule of rules) {
    test(rule.claim, () => {
      expect(covered(rule)).not.toHaveLength(0)
      expect(covered(rule).flatMap(rule.faults)).toEqual([])
    })
  }

  test('at most one file of each other room reads the environment', () => {
    expect(crowdedEdges(sources.filter(({ path }) => product.test(path)))).toEqual([])
  })
})

describe('each rule finds what breaks it', () => {
  for (const { claim, broken, covers, faults } of rules) {
    test(claim, () => {
      for (const [path, text] of broken) {
        expect(path).toMatch(covers)
        expect({ text, found: faults({ path, text }).length }).toEqual({ text, found: 1 })
      }
    })
  }

  test('at most one file of each other room reads the environment', () => {
    const text = 'start(process.env.TABLE)'
    expect(
      crowdedEdges([
        { path: 'lib/aws/a.ts', text },
        { path: 'lib/cli/a.ts', text },
      ]),
    ).toEqual([])
    expect(
      crowdedEdges([
        { path: 'lib/aws/a.ts', text },
        { path: 'lib/aws/b.ts', text },
      ]),
    ).toHaveLength(1)
  })
})
