// How a command ends when it cannot do what it was asked: one line that says what to do, and an exit code.
import { type Command, CommanderError } from 'commander'
import { print, type Terminal } from './terminal.ts'

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** The command line is wrong, or a file that it names. */
export class UsageError extends Error {}
/** It was right and could not be done. */
export class FailedError extends Error {}

/**
 * Runs one command of a program. Never throws, never ends the process.
 * @param build makes the program; its commands tell `finish` their exit code, ok unless they do
 * @returns the exit code
 */
export const runCommand = async (
  build: (finish: (code: number) => void) => Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> => {
  let code: number = exitCodes.ok
  const program = build((result) => {
    code = result
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (thrown) {
    return report(thrown, terminal)
  }
}

/** Prints what was thrown as one line (with GAVOTTE_DEBUG=1 its stack besides) and chooses the exit code. */
export const report = (thrown: unknown, { err, env }: Terminal): number => {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  print(err, `gavotte: ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
  if (env.GAVOTTE_DEBUG === '1') print(err, describeStack(thrown))
  return thrown instanceof UsageError ? exitCodes.usage : exitCodes.failed
}

const describeStack = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause === undefined ? String(thrown.stack) : `${thrown.stack}\ncaused by ${describeStack(thrown.cause)}`
}
