// `gavotte dev`: runs the local cloud in the foreground until it is interrupted.
import { spawn } from 'node:child_process'
import { startLocalCloud } from '../local/cloud.ts'
import type { CloudEvent } from '../local/cloud-event.ts'
import { loadApp } from './app-file.ts'
import type { DevOptions } from './dev.ts'
import { banner, eventLine, isAlarming } from './dev-print.ts'
import { report } from './failure.ts'
import { print, type Terminal } from './terminal.ts'

/** Resolves when it was interrupted and has stopped. */
export const dev = async (options: DevOptions, terminal: Terminal): Promise<void> => {
  const { port, webPort, data, appFile, workers, fresh = false, then, quiet = false, json = false } = options
  const app = await loadApp(appFile)
  const onEvent = (event: CloudEvent): void => {
    if (quiet && !isAlarming(event)) return
    const now = new Date()
    print(terminal.out, json ? JSON.stringify({ at: now.toISOString(), ...event }) : eventLine(event, now))
  }
  // A disk that is full, say: what was acknowledged is kept.
  process.once('uncaughtException', (thrown) => process.exit(report(thrown, terminal)))
  const cloud = await startLocalCloud({ app, port, webPort, data, fresh, workers, onEvent })
  const { endpoint, routes, web } = cloud
  print(terminal.out, json ? JSON.stringify({ kind: 'started', endpoint, routes, web }) : banner(app, cloud, { data, appFile }))
  if (then !== undefined) runThen(then, endpoint, terminal)
  await interrupted(terminal)
  if (!json) print(terminal.out, 'Stopping when the invocations in flight are done; Ctrl-C again ends it at once.')
  await cloud.close()
}

/** Runs a module in a process of its own, as any client of the cloud. Its failure is told, and nothing worse. */
const runThen = (file: string, endpoint: string, terminal: Terminal): void => {
  const env = { ...terminal.env, ...localAws, AWS_ENDPOINT_URL: endpoint }
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8').on('data', (text: string) => print(terminal.out, text.trimEnd()))
  child.on('close', (code) => {
    if (code !== 0) print(terminal.err, `gavotte: ${file} ended with exit code ${code}`)
  })
}
const localAws = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }

// Nobody listens to the second signal, which therefore ends the process.
const interrupted = ({ onInterrupt }: Terminal): Promise<void> =>
  new Promise((resolve) => {
    onInterrupt(resolve)
    process.once('SIGTERM', () => resolve())
  })
