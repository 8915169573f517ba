// JSON on the command line, or on stdin where it says `-`.
import { text } from 'node:stream/consumers'
import { UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** @param what it is, for the error. Without an argument it is `{}`. @throws UsageError */
export const readJson = async (given: string | undefined, what: string, terminal: Terminal): Promise<unknown> => {
  const json = given === '-' ? await text(terminal.in) : (given ?? '{}')
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new UsageError(
      `the ${what} is not JSON (${(cause as Error).message}): quote it for the shell, as in '{"quantity":1}'`,
      { cause },
    )
  }
}
