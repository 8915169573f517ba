// Whether those who supervise and monitor can do so. Asked where an app is put together, so that functions need not carry it.
import type { Blueprint } from './definition.ts'
import { milliseconds } from './duration.ts'
import { Misconfigured } from './errors.ts'
import { roundMsMin } from './limits.ts'
import { mayMonitor } from './monitor.ts'
import { address } from './names.ts'

const restartsMax = 100

/** @param processes of the app @throws Misconfigured if a limit is none, or nobody listens to a heartbeat */
export const checkOversight = (process: Blueprint, processes: readonly Blueprint[]): void => {
  const { name } = process.contract
  const { supervisor, heartbeat } = process
  const { most, within } = supervisor?.restarts ?? { most: 0, within: '1m' }
  if (!Number.isInteger(most) || most < 0 || most > restartsMax || milliseconds(within) <= 0)
    throw new Misconfigured('illegal-setting', `${name}: restarts are 0 to ${restartsMax} within a time over 0`)
  if (heartbeat === undefined) return
  if (milliseconds(heartbeat.every) < roundMsMin)
    throw new Misconfigured('illegal-setting', `${name}: a heartbeat comes at most once a second`)
  const above = processes.find(({ contract }) => contract.name === supervisor?.process.name)
  if (above === undefined)
    throw new Misconfigured('no-supervisor', `${name} has a heartbeat, and nobody who listens: name a supervisor`)
  if (!mayMonitor(above, address(name, '1')))
    throw new Misconfigured(
      'no-notices',
      `${above.contract.name} cannot listen to the heartbeat of ${name}: add ${name} to its uses, and internal: { ...monitorNotices }`,
    )
}
