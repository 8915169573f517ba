// An app: the processes and web functions that are deployed together, and where each one's code is.
import { type Contract, isFunctionName } from './contract.ts'
import type { Blueprint, Process } from './definition.ts'
import { checkDeployment, checkLimit, checkWebDeployment } from './deployment.ts'
import { Misconfigured } from './errors.ts'
import { monitors } from './monitor.ts'
import { checkOversight } from './oversight.ts'
import type { Web } from './web.ts'

/** `P`: `Process` where it runs; a `Blueprint` is enough where only its data is read. */
export interface App<P extends Blueprint = Blueprint> {
  /** Prefix of every name in AWS. */
  readonly name: string
  readonly processes: readonly P[]
  readonly web: readonly Web[]
  /** The module whose `handler` is the Lambda function of a process or a web function: `<folder of app>/<name>/handler.ts`. */
  readonly entry: (name: string) => URL
}

/** What an app has besides its processes. */
export interface AppOptions {
  /** Its web functions. */
  readonly web?: readonly Web[]
}

/**
 * Whether `one` sends to `other`: it uses it, or is asked by it and answers, by a call or a monitor.
 */
export const sendsTo = (one: Blueprint, other: Blueprint): boolean =>
  uses(one, other) || ((Object.keys(one.contract.calls).length > 0 || monitors(other)) && uses(other, one))

const uses = (one: Blueprint, other: Blueprint): boolean => one.uses.some(({ name }) => name === other.contract.name)

/**
 * Lists the processes of an app, and its web functions.
 * @param base `import.meta.url` of the file that calls: the folders of the processes lie beside it
 * @throws Misconfigured if two functions have one name, one uses a process that is not listed, or a setting is out of range
 */
export function defineApp(name: string, base: string, processes: readonly Process[], options?: AppOptions): App<Process>
export function defineApp(name: string, base: string, processes: readonly Blueprint[], options?: AppOptions): App
export function defineApp(name: string, base: string, processes: readonly Blueprint[], { web = [] }: AppOptions = {}): App {
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(name)) {
    throw new Misconfigured(
      'illegal-name',
      `app name "${name}": use lower-case letters, digits and dashes, at most 21, a letter first`,
    )
  }
  const names = processes.map((process) => process.contract.name)
  const twice = names.find((one, n) => names.indexOf(one) !== n)
  if (twice !== undefined) throw new Misconfigured('process-twice', `two processes are named "${twice}": rename one`)
  for (const process of processes) {
    const { contract, uses, deploy, limit } = process
    checkDeployment(contract.name, deploy)
    if (limit !== undefined) checkLimit(contract.name, limit)
    checkUses(contract.name, uses, names)
    checkOversight(process, processes)
  }
  checkWeb(web, names)
  return { name, processes, web, entry: (one) => new URL(`./${one}/handler.ts`, base) }
}

const checkUses = (name: string, uses: readonly Contract[], listed: readonly string[]): void => {
  const missing = uses.find((used) => !listed.includes(used.name))
  if (missing === undefined) return
  throw new Misconfigured('process-missing', `${name} uses ${missing.name}, which the app does not list: add it to the app`)
}

const checkWeb = (web: readonly Web[], processes: readonly string[]): void => {
  const taken = new Set(processes)
  for (const { name, uses, deploy } of web) {
    if (!isFunctionName(name)) {
      throw new Misconfigured(
        'illegal-name',
        `web function "${name}": use lower-case letters, digits and dashes, at most 31, a letter first`,
      )
    }
    if (taken.has(name)) throw new Misconfigured('function-twice', `two functions are named "${name}": rename one`)
    taken.add(name)
    checkWebDeployment(name, deploy)
    checkUses(name, uses, processes)
  }
}
