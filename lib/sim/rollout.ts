// Which code an environment gets that is launched now: old or new, while a deploy is under way.
import type { Process } from '../core/definition.ts'
import type { Stage } from './stage.ts'

export interface Rollout {
  /** The code for an environment that is launched now. */
  readonly code: () => Process
  /** Whether no more is to be started on this code. */
  readonly isOutdated: (code: Process) => boolean
}

/** A deploy begins within so long, and old code lives on beside the new for so long at most. */
const deployStartMsMax = 300_000
const deployMsMax = 1_800_000

/** @param earlier the code that was deployed before; without it there is nothing to roll out */
export const createRollout = ({ time, random, faults }: Stage, process: Process, earlier: Process | undefined): Rollout => {
  const { name } = process.contract
  const chance = random.stream(`deploy ${name}`)
  if (earlier === undefined || !faults.strikes('deploy', name)) return { code: () => process, isOutdated: () => false }
  const from = time.now() + chance.int(deployStartMsMax)
  const to = from + chance.int(deployMsMax)
  let began = false
  let bitten = false
  const old = (): Process => {
    // It bites once old code begins where new code has begun before.
    if (began && !bitten) faults.bit('deploy')
    bitten ||= began
    return earlier
  }
  return {
    code: () => {
      const now = time.now()
      if (faults.active() && (now < from || (now < to && chance.chance(0.5)))) return old()
      began = true
      return process
    },
    isOutdated: (code) => code === earlier && (!faults.active() || time.now() >= to),
  }
}
