// Deploys to LocalStack and takes away again, by cdklocal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { standing } from './aws.ts'
import { report } from './report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cdklocal = join(root, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal')
/** No step takes longer on a machine that works. */
const minutesMax = 8

/** A CDK app by the file that makes it; its stacks all go one way. */
export interface StackApp {
  readonly file: string
  readonly context?: { readonly [name: string]: string }
}

export const referenceApp: StackApp = { file: 'infra/app.ts' }
/** The same after the cache has moved to another node. */
export const movedApp: StackApp = { file: 'test/localstack/fixtures/moved/cdk-app.ts' }
export const trialApp = (release: 'first' | 'second'): StackApp => ({
  file: 'test/localstack/fixtures/trial/cdk-app.ts',
  context: { release },
})

const unasked = ['--require-approval', 'never']

export const bootstrap = (): Promise<void> => run('bootstrap', referenceApp, ['aws://000000000000/us-east-1'])
export const deploy = (app: StackApp): Promise<void> => run('deploy', app, ['--all', ...unasked])
/** Deploys the reference app, unless an earlier suite has left it standing: a deploy takes its time. */
export const deployReference = async (): Promise<void> => {
  const { stacks } = await standing('gavotte')
  if (stacks.length === 0) await deploy(referenceApp)
}
/** One stack, which takes up again what an earlier one has left by policy. */
export const deployStack = (app: StackApp, stack: string): Promise<void> =>
  run('deploy', app, [stack, '--exclusively', '--import-existing-resources', ...unasked])
export const destroy = (app: StackApp): Promise<void> => run('destroy', app, ['--all', '--force'])

/** @throws Error with what it printed if it fails or takes too long */
const run = async (step: string, { file, context = {} }: StackApp, args: readonly string[]): Promise<void> => {
  const began = performance.now()
  const output = await mkdtemp(join(tmpdir(), 'gavotte-cdk-'))
  const contexts = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`])
  const app = `"${process.execPath}" ${file}`
  // A group of its own: the commands that it starts end with it.
  const child = spawn(process.execPath, [cdklocal, step, ...args, '--app', app, '--output', output, '--ci', ...contexts], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk))
  const end = (): void => void (child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'))
  const late = setTimeout(end, minutesMax * 60_000)
  const [code] = await once(child, 'close')
  clearTimeout(late)
  await rm(output, { recursive: true, force: true })
  const what = `cdklocal ${[step, args[0], file, ...Object.values(context)].join(' ')}`
  if (code !== 0) throw new Error(`${what} ended with ${code ?? 'a signal'}:\n${Buffer.concat(printed).toString().slice(-4000)}`)
  report(`${what}: ${Math.round((performance.now() - began) / 1000)} s`)
}
