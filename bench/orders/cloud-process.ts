// The local cloud as a process of its own, so that it can be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))

export const startCloud = async ({ port, data }: { readonly port: number; readonly data: string }) => {
  const endpoint = `http://127.0.0.1:${port}`
  let running = await start(port, data)
  let kills = 0
  const kill = async (): Promise<void> => {
    running.kill('SIGKILL')
    await once(running, 'exit')
    kills += 1
    running = await start(port, data)
  }
  return {
    endpoint,
    kills: () => kills,
    /** Kills it so often, with `ms` between, and starts it again at once. */
    killEvery: async (ms: number, times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        await sleep(ms)
        await kill()
      }
    },
    /** Runs a command of the CLI against it. @throws Error if it fails */
    gavotte: async (...args: string[]): Promise<void> => {
      const child = spawn(process.execPath, [cli, ...args, '--endpoint', endpoint], { stdio: ['ignore', 'ignore', 'inherit'] })
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new Error(`gavotte ${args.join(' ')} ended with ${code}`)
    },
    stop: async (): Promise<void> => {
      running.kill('SIGTERM')
      await once(running, 'exit')
    },
  }
}

const start = async (port: number, data: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [cli, 'dev', '--port', String(port), '--data', data, '--quiet', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.includes('"kind":"started"')) resolve()
      else console.error(line)
    })
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the local cloud ended with ${code}`)
  })
  await Promise.race([started, ended])
  ended.catch(() => {})
  return child
}
