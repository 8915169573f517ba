// What became of a message that an operator did something about, in words; and who did it.
import { userInfo } from 'node:os'
import type { FailedName, Remedied } from '../aws/index.ts'
import { exitCodes } from './failure.ts'
import { addressOf } from './operator.ts'
import type { TargetOptions } from './target.ts'

export interface SaidOptions {
  readonly by?: string
  readonly why?: string
  /** Milliseconds. */
  readonly wait: number
}

/** For the audit trail; `by` is the user of this machine unless it is named. */
export const saidIn = ({ by = userOf(), why, wait }: SaidOptions) => ({ by, ...(why !== undefined && { why }), wait })

// A container may run as a user that has no name.
const userOf = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}

/** `refused`: it cannot be redriven, or somebody has dealt with it meanwhile. */
export type Result = Remedied | { readonly kind: 'refused'; readonly reason: string }

export const codeOf = ({ kind }: Result): number => (kind === 'done' ? exitCodes.ok : exitCodes.failed)

export const lineOf = (name: FailedName, result: Result, { json }: TargetOptions): string => {
  const { process, instance, id } = name
  return json ? JSON.stringify({ process, instance, id, ...result }) : `${addressOf(name)} ${id}: ${textOf(result)}`
}

const textOf = (result: Result): string => {
  switch (result.kind) {
    case 'done':
      return result.resolution.how === 'redriven' ? 'redriven, and handled' : 'discarded'
    case 'failed-again':
      return `failed again: ${result.code}: ${result.reason}`
    case 'stashed':
      return `it is tried behind ${result.behind}, which the instance stands still on: redrive or discard that`
    case 'pending':
      return 'nothing is known yet: it goes on by itself, look again with `gavotte failed show`, or wait longer with --wait'
    case 'refused':
      return result.reason
  }
}
