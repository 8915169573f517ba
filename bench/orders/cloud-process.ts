// The local cloud as a process of its own, so that it can be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))

export interface CloudProcess {
  readonly endpoint: string
  /** URLs of the web functions, by name. */
  readonly web: { readonly [name: string]: string }
  /** Kills it so often, with `ms` between, and starts it again at once on the same ports. */
  readonly killEvery: (ms: number, times: number) => Promise<void>
  /** When it came back after the last kill, ms of `performance.now()`: Infinity while it is away, 0 before the first. */
  readonly backAt: () => number
  /** Runs a command of the CLI against it: `speaks` once it has said its first word, `ended` rejects if it fails. */
  readonly gavotte: (args: readonly string[]) => { readonly speaks: Promise<unknown>; readonly ended: Promise<void> }
  readonly stop: () => Promise<void>
}

/** @param data folder that it keeps messages and tables in */
export const startCloud = async (data: string): Promise<CloudProcess> => {
  let running = await start([0, 0], data)
  const { endpoint, web } = running
  const ports = [endpoint, Object.values(web)[0] ?? ''].map((url) => Number(url.split(':').at(-1)))
  let backAt = 0
  return {
    endpoint,
    web,
    backAt: () => backAt,
    killEvery: async (ms, times) => {
      for (let n = 0; n < times; n++) {
        await sleep(ms)
        backAt = Number.POSITIVE_INFINITY
        await end(running.child, 'SIGKILL')
        running = await start(ports, data)
        backAt = performance.now()
      }
    },
    gavotte: (args) => {
      const child = spawn(process.execPath, [cli, ...args, '--endpoint', endpoint], { stdio: ['ignore', 'ignore', 'pipe'] })
      const said: string[] = []
      child.stderr.setEncoding('utf8').on('data', (text: string) => void said.push(text))
      const ended = once(child, 'exit').then(([code]) => {
        if (code !== 0) throw new Error(`gavotte ${args.join(' ')} ended with ${code}: ${said.join('')}`)
      })
      return { speaks: Promise.race([once(child.stderr, 'data'), ended]), ended }
    },
    stop: () => end(running.child, 'SIGTERM'),
  }
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

interface Started {
  readonly endpoint: string
  readonly web: { readonly [name: string]: string }
}

/** @param ports of the endpoint and of the web function, 0 for any */
const start = async (
  [port = 0, webPort = 0]: readonly number[],
  data: string,
): Promise<Started & { readonly child: ChildProcess }> => {
  const args = [cli, 'dev', '--port', String(port), '--web-port', String(webPort), '--data', data, '--quiet', '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the local cloud ended with ${code}`)))
  ended.catch(() => {})
  const started = new Promise<Started>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as Started & { readonly kind: string }
      if (event.kind === 'started') resolve(event)
    })
  })
  return { child, ...(await Promise.race([started, ended])) }
}
