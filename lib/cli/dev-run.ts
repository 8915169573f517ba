// `gavotte dev`: runs the local cloud in the foreground until it is interrupted.
import { startLocalCloud } from '../local/cloud.ts'
import type { CloudEvent } from '../local/cloud-event.ts'
import { loadApp } from './app-file.ts'
import type { DevOptions } from './dev.ts'
import { banner, eventLine, isAlarming } from './dev-print.ts'
import { report } from './failure.ts'
import { print, type Terminal } from './terminal.ts'

/** Resolves when it was interrupted and has stopped. */
export const dev = async (options: DevOptions, terminal: Terminal): Promise<void> => {
  const { port, webPort, data, appFile, workers, fresh = false, quiet = false, json = false } = options
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
  await interrupted(terminal)
  if (!json) print(terminal.out, 'Stopping when the invocations in flight are done; Ctrl-C again ends it at once.')
  await cloud.close()
}

// Nobody listens to the second signal, which therefore ends the process.
const interrupted = ({ onInterrupt }: Terminal): Promise<void> =>
  new Promise((resolve) => {
    onInterrupt(resolve)
    process.once('SIGTERM', () => resolve())
  })
