// The app file of a project, for what it says of processes and messages.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { parse, type Schema } from '../core/schema.ts'
import { UsageError } from './failure.ts'

/** Imports the app that a module exports as `app` or by default. @throws UsageError */
export const loadApp = async (file: string): Promise<App> => {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new UsageError(
      `${file} is not there: run this in the project's folder, or name the file that lists the processes with --app-file`,
    )
  }
  const loaded = await load(path, file)
  const app = [loaded.app, loaded.default].find(isApp)
  if (app === undefined) throw new UsageError(`${file} exports no app: write \`export const app = defineApp(…)\` there`)
  return app
}

const load = async (path: string, file: string): Promise<{ readonly [name: string]: unknown }> => {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly [name: string]: unknown }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${file} cannot be loaded: ${reason}`, { cause })
  }
}

const isApp = (value: unknown): value is App =>
  typeof value === 'object' && value !== null && 'name' in value && 'processes' in value && Array.isArray(value.processes)

/** Why a process of the app does not take this message; undefined if it does. Without `type` and `body` less is asked. */
export const messageFault = (
  app: App,
  process: string,
  type?: string,
  body?: { readonly value: unknown },
): string | undefined => {
  const known = blueprintOf(app, process)
  if (typeof known === 'string') return known
  const { messages } = known.contract
  if (type === undefined) return undefined
  if (!Object.hasOwn(messages, type)) return `${process} takes no message "${type}": it takes ${listed(Object.keys(messages))}`
  return body && unfit(process, type, messages[type], body.value)
}

/** Why a process of the app does not answer this call; undefined if it does. */
export const callFault = (app: App, process: string, type: string, request: unknown): string | undefined => {
  const known = blueprintOf(app, process)
  if (typeof known === 'string') return known
  const { calls } = known.contract
  if (!Object.hasOwn(calls, type)) return `${process} answers no call "${type}": it answers ${listed(Object.keys(calls))}`
  return unfit(process, type, calls[type]?.request, request)
}

/** Why a body does not fit a type that the process may have from anywhere: outside, itself, or a caller. */
export const bodyFault = (app: App, process: string, type: string, body: unknown): string | undefined => {
  const known = blueprintOf(app, process)
  if (typeof known === 'string') return known
  const { contract, internal } = known
  const schemas = [contract.messages, internal].find((one) => Object.hasOwn(one, type))
  return schemas === undefined ? callFault(app, process, type, body) : unfit(process, type, schemas[type], body)
}

const blueprintOf = (app: App, process: string): Blueprint | string =>
  app.processes.find((one) => one.contract.name === process) ??
  `no process "${process}": the app has ${listed(app.processes.map((one) => one.contract.name))}`

const unfit = (process: string, type: string, schema: Schema | undefined, value: unknown): string | undefined => {
  const parsed = schema && parse(schema, value)
  return parsed?.kind === 'invalid' ? `${process}.${type}: ${parsed.issues}` : undefined
}

/** Asks the app file whether something fits. @param fault of it, undefined if it does @throws UsageError */
export const demandFit = async (file: string, fault: (app: App) => string | undefined): Promise<void> => {
  if (!existsSync(file)) {
    throw new UsageError(
      `${file} is not there to check the message: name it with --app-file, or leave it unchecked with --no-check`,
    )
  }
  const found = fault(await loadApp(file))
  if (found !== undefined) throw new UsageError(found)
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
