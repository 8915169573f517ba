// The app file of a project, for what it says of processes and messages.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from '../core/app.ts'
import { parse } from '../core/schema.ts'
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
  const contract = app.processes.find((one) => one.contract.name === process)?.contract
  if (contract === undefined)
    return `no process "${process}": the app has ${listed(app.processes.map((one) => one.contract.name))}`
  if (type === undefined) return undefined
  const schema = Object.hasOwn(contract.messages, type) ? contract.messages[type] : undefined
  if (schema === undefined) return `${process} takes no message "${type}": it takes ${listed(Object.keys(contract.messages))}`
  const parsed = body && parse(schema, body.value)
  return parsed?.kind === 'invalid' ? `${process}.${type}: ${parsed.issues}` : undefined
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
