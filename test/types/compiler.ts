// Runs the TypeScript compiler on fixtures: version 7 has no API in JavaScript, so its output is read.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Diagnostic {
  /** Relative to the project's root. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** The whole message, its further lines included. */
  readonly message: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @returns what `tsc` prints for a tsconfig below this folder, whether it finds errors or not */
const tsc = (config: string, ...flags: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const args = ['node_modules/typescript/bin/tsc', '-p', `test/types/${config}`, '--pretty', 'false', ...flags]
    execFile(process.execPath, args, { cwd: root }, (error, stdout) => {
      // Exit code 1 or 2: errors were found.
      if (error === null || typeof error.code === 'number') resolve(stdout)
      else reject(error)
    })
  })

export const diagnose = async (config: string): Promise<readonly Diagnostic[]> => {
  const output = await tsc(config)
  return output.split(/\n(?=\S)/).flatMap((entry) => {
    const match = /^(.+?)\((\d+),\d+\): error TS\d+: ([\s\S]*)$/.exec(entry)
    return match === null ? [] : [{ file: match[1] ?? '', line: Number(match[2]), message: match[3]?.trim() ?? '' }]
  })
}

/** How many types and signatures the compiler instantiated; the same on every machine. */
export const countInstantiations = async (config: string): Promise<number> => {
  const output = await tsc(config, '--extendedDiagnostics', '--singleThreaded')
  const count = /^Instantiations:\s+(\d+)$/m.exec(output)?.[1]
  if (count === undefined) throw new Error(`tsc printed no count:\n${output}`)
  return Number(count)
}
