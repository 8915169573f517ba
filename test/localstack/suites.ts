// Runs the suites under jest and says what came of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judge, type Result, type Verdict } from './judge.ts'
import { report } from './report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const minutesMax = 40

interface Report {
  readonly numRuntimeErrorTestSuites: number
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[]
}

/**
 * @param emulator whose differences are known
 * @param pattern part of the paths of the suites to run; default all
 */
export const runSuites = async (emulator: string, pattern: string, env: NodeJS.ProcessEnv): Promise<Verdict> => {
  const folder = await mkdtemp(join(tmpdir(), 'gavotte-suites-'))
  const file = join(folder, 'report.json')
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const args = ['--config', join(root, 'jest.localstack.config.mjs'), '--json', `--outputFile=${file}`, pattern]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', jest, ...args], {
    cwd: root,
    env: { ...env, GAVOTTE_EMULATOR: emulator },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const late = setTimeout(() => child.kill('SIGKILL'), minutesMax * 60_000)
  await once(child, 'exit')
  clearTimeout(late)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  await rm(folder, { recursive: true, force: true })
  if (text === undefined) {
    report('jest left no report: it was stopped, or did not start')
    return { passed: 0, failed: 1, differing: [], gone: [] }
  }
  const { numRuntimeErrorTestSuites, testResults } = JSON.parse(text) as Report
  const verdict = judge(
    emulator,
    testResults.flatMap(({ assertionResults }) => assertionResults),
  )
  return { ...verdict, failed: verdict.failed + numRuntimeErrorTestSuites }
}

/** The last lines of a run. */
export const conclusion = (emulator: string, { passed, failed, differing, gone }: Verdict): readonly string[] => [
  ...differing.map((text) => `${emulator} differs from AWS, as known: ${text}`),
  ...gone.map((claim) => `${emulator} no longer differs, take it off test/localstack/differences.ts: ${claim}`),
  `${passed} passed, ${failed} failed${differing.length === 0 ? '' : `, ${differing.length} known to differ`}`,
]
