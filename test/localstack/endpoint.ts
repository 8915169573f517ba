// Finds a LocalStack that listens, or starts one in Docker.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { report } from './report.ts'

/** The last that asks for no account. */
const image = 'localstack/localstack:4.14.0'
const defaultEndpoint = 'http://127.0.0.1:4566'

export interface LocalStack {
  readonly endpoint: string
  readonly stop: () => Promise<void>
}
export type Found = { readonly kind: 'ready'; readonly localStack: LocalStack } | { readonly kind: 'none'; readonly why: string }

/** @param named what AWS_ENDPOINT_URL says: then nothing is started, and nothing else is looked for */
export const findLocalStack = async (named: string | undefined): Promise<Found> => {
  const endpoint = named ?? defaultEndpoint
  const answer = await probe(endpoint)
  if (answer === 'localstack') return { kind: 'ready', localStack: { endpoint, stop: () => Promise.resolve() } }
  const why = answer === 'silent' ? `nothing listens on ${endpoint}` : `what listens on ${endpoint} is no LocalStack`
  if (named !== undefined) return { kind: 'none', why }
  if (!(await hasDocker())) return { kind: 'none', why: `${why} and Docker does not run` }
  return { kind: 'ready', localStack: await startInDocker() }
}

/** The local cloud listens on the same port by default, so whoever answers is asked who it is. */
const probe = async (endpoint: string): Promise<'localstack' | 'other' | 'silent'> => {
  try {
    const response = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(5000) })
    const health: unknown = await response.json().catch(() => undefined)
    return typeof health === 'object' && health !== null && 'edition' in health ? 'localstack' : 'other'
  } catch (thrown) {
    return thrown instanceof Error && thrown.name === 'TimeoutError' ? 'other' : 'silent'
  }
}

const run = promisify(execFile)
const docker = async (minutes: number, ...args: readonly string[]): Promise<string> =>
  (await run('docker', args, { timeout: minutes * 60_000 })).stdout.trim()

const hasDocker = (): Promise<boolean> =>
  docker(0.5, 'info').then(
    () => true,
    () => false,
  )

const startInDocker = async (): Promise<LocalStack> => {
  report(`starting ${image} in Docker; the first time it is fetched`)
  const port = await freePort()
  // The functions are for arm64; here they run on whatever the machine is.
  const settings = ['LAMBDA_IGNORE_ARCHITECTURE=1', 'SQS_ENDPOINT_STRATEGY=path', 'DYNAMODB_IN_MEMORY=1']
  const mounts = ['--publish', `127.0.0.1:${port}:4566`, '--volume', '/var/run/docker.sock:/var/run/docker.sock']
  const environment = settings.flatMap((setting) => ['--env', setting])
  const container = await docker(15, 'run', '--detach', '--rm', ...mounts, ...environment, image)
  const endpoint = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => void (await docker(2, 'stop', container).catch(() => undefined))
  for (const end = Date.now() + 3 * 60_000; Date.now() < end; await sleep(1000)) {
    if ((await probe(endpoint)) === 'localstack') return { endpoint, stop }
  }
  await stop()
  throw new Error(`${image} did not answer on ${endpoint} within three minutes`)
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
