// What a command takes from the terminal that it runs in: the one file of the room that reads the environment.
import type { Readable, Writable } from 'node:stream'

export interface Terminal {
  /** Results. */
  readonly out: Writable
  /** Progress, warnings and errors; `isTTY` where a person watches. */
  readonly err: Writable & { readonly isTTY?: boolean }
  readonly in: Readable
  readonly env: { readonly [name: string]: string | undefined }
  /** Calls `act` on the first Ctrl-C, instead of ending the process. @returns how to stop listening */
  readonly onInterrupt: (act: () => void) => () => void
}

export const terminal: Terminal = {
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  env: process.env,
  onInterrupt: (act) => {
    process.once('SIGINT', act)
    return () => process.off('SIGINT', act)
  },
}

export const print = (to: Writable, line: string): void => {
  to.write(`${line}\n`)
}
