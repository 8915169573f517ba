// An app: the processes that are deployed together, and where each one's function is.
import type { Blueprint, Process } from './definition.ts'
import { checkDeployment } from './deployment.ts'
import { Misconfigured } from './errors.ts'

/** `P`: `Process` where it runs; a `Blueprint` is enough where only its data is read. */
export interface App<P extends Blueprint = Blueprint> {
  /** Prefix of every name in AWS. */
  readonly name: string
  readonly processes: readonly P[]
  /** The module whose `handler` is the Lambda function of a process: `<folder of app>/<process>/handler.ts`. */
  readonly entry: (process: string) => URL
}

/**
 * Whether `one` sends to `other`: it uses it, or is asked by it and answers.
 */
export const sendsTo = (one: Blueprint, other: Blueprint): boolean =>
  uses(one, other) || (Object.keys(one.contract.calls).length > 0 && uses(other, one))

const uses = (one: Blueprint, other: Blueprint): boolean => one.uses.some(({ name }) => name === other.contract.name)

/**
 * Lists the processes of an app.
 * @param base `import.meta.url` of the file that calls: the folders of the processes lie beside it
 * @throws Misconfigured if two processes have one name, one uses another that is not listed, or a setting is out of range
 */
export function defineApp(name: string, base: string, processes: readonly Process[]): App<Process>
export function defineApp(name: string, base: string, processes: readonly Blueprint[]): App
export function defineApp(name: string, base: string, processes: readonly Blueprint[]): App {
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(name)) {
    throw new Misconfigured(
      'illegal-name',
      `app name "${name}": use lower-case letters, digits and dashes, at most 21, a letter first`,
    )
  }
  const names = processes.map((process) => process.contract.name)
  const twice = names.find((one, n) => names.indexOf(one) !== n)
  if (twice !== undefined) throw new Misconfigured('process-twice', `two processes are named "${twice}": rename one`)
  for (const { contract, uses, deploy } of processes) {
    checkDeployment(contract.name, deploy)
    const missing = uses.find((used) => !names.includes(used.name))
    if (missing !== undefined) {
      throw new Misconfigured(
        'process-missing',
        `${contract.name} uses ${missing.name}, which the app does not list: add it to the app`,
      )
    }
  }
  return { name, processes, entry: (process) => new URL(`./${process}/handler.ts`, base) }
}
