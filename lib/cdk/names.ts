// What names may look like in AWS, and that no two processes share a queue.
import { Misconfigured } from '../core/errors.ts'
import type { Placement, Plan } from './plan.ts'
import type { WebPlacement } from './web-plan.ts'

/** Stands for a region that only the deployment knows: as long as the longest there is. */
export const someRegion = 'ap-southeast-1'

/**
 * IAM's names hold in all regions of an account, so the role's ends in the region: the same app can run in two regions.
 * @param region may be a token
 */
export const roleName = ({ names }: Placement | WebPlacement, region: string): string => `${names.function}-${region}`

/** Of the role that schedules send with. */
export const schedulerRoleName = ({ names }: Placement, region: string): string => `${names.function}-timer-${region}`

/** @throws Misconfigured naming the process or web function whose names AWS would refuse, or two that would share a queue or a role */
export const checkNames = ({ placements, web }: Plan): void => {
  const owners = new Map<string, string>()
  const ownedBy =
    (name: string) =>
    (kind: 'queue' | 'role', one: string): void => {
      checkName(name, kind, one)
      const owner = owners.get(`${kind} ${one}`)
      if (owner !== undefined) {
        throw new Misconfigured('name-twice', `${owner} and ${name} would both have a ${kind} ${one}: rename one of them`)
      }
      owners.set(`${kind} ${one}`, name)
    }
  for (const placement of placements.values()) {
    const { process, names, mailboxes, env, deploy } = placement
    const { name } = process.contract
    const { timers } = deploy
    const region = env.region ?? someRegion
    checkName(name, 'function', names.function)
    checkName(name, 'table', names.table)
    const own = ownedBy(name)
    for (const role of [roleName(placement, region), ...(timers ? [schedulerRoleName(placement, region)] : [])]) own('role', role)
    const queues = [...mailboxes, names.deadLetter, ...(timers ? [names.timer, names.timerDeadLetter] : [])]
    for (const queue of queues) own('queue', queue)
  }
  for (const [name, placement] of web) {
    checkName(name, 'function', placement.names.function)
    ownedBy(name)('role', roleName(placement, placement.env.region ?? someRegion))
  }
}

const rules = {
  function: { pattern: /^[\w-]+$/, most: 64 },
  table: { pattern: /^[\w.-]{3,}$/, most: 255 },
  queue: { pattern: /^[\w-]+(?:\.fifo)?$/, most: 80 },
  role: { pattern: /^[\w+=,.@-]+$/, most: 64 },
} as const

const checkName = (process: string, kind: keyof typeof rules, name: string): void => {
  const { pattern, most } = rules[kind]
  if (name.length > most) {
    throw new Misconfigured(
      'illegal-name',
      `${process}: its ${kind} would be ${name}, ${name.length} characters where AWS takes ${most}: shorten the name of the process or of the app`,
    )
  }
  if (!pattern.test(name)) {
    throw new Misconfigured(
      'illegal-name',
      `${process}: its ${kind} would be ${name}, which AWS refuses: rename the process or the app`,
    )
  }
}
