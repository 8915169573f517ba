// What a function takes from its environment variables: the one file of the room that reads them.
import { Misconfigured } from '../core/errors.ts'
import { type LogLevel, logLevels } from './log.ts'
import { parseRoutes, type Route, type Routes, routeTo } from './routes.ts'

export interface Environment {
  readonly app: string
  readonly routes: Routes
  /** The process's own route, with its dead-letter queue. */
  readonly own: Route & Required<Pick<Route, 'deadLetter'>>
  readonly logLevel: LogLevel
  /** Whether metrics are written to the log for CloudWatch. */
  readonly metrics: 'emf' | 'none'
}

/**
 * Reads `GAVOTTE_APP`, `GAVOTTE_ROUTES`, `GAVOTTE_LOG_LEVEL` and `GAVOTTE_METRICS`. Endpoint, region and credentials are the SDK's business.
 * @param name the process that runs here
 * @throws Misconfigured naming the variable and what to do
 */
export const readEnvironment = (
  name: string,
  variables: { readonly [name: string]: string | undefined } = process.env,
): Environment => {
  const demand = (variable: string): string => {
    const value = variables[variable]
    if (value === undefined || value === '') {
      throw new Misconfigured(
        'no-variable',
        `${variable} is not set: deploy with gavotte/cdk, which sets it, or set it on the function`,
      )
    }
    return value
  }
  const routes = parseRoutes(demand('GAVOTTE_ROUTES'), 'GAVOTTE_ROUTES')
  const { deadLetter, ...own } = routeTo(routes, name)
  if (deadLetter === undefined) {
    throw new Misconfigured(
      'no-dead-letter',
      `GAVOTTE_ROUTES: "${name}" runs here and has no "deadLetter": name the URL of its dead-letter queue`,
    )
  }
  return {
    app: demand('GAVOTTE_APP'),
    routes,
    own: { ...own, deadLetter },
    logLevel: demandLevel(variables.GAVOTTE_LOG_LEVEL ?? 'info'),
    metrics: variables.GAVOTTE_METRICS === 'emf' ? 'emf' : 'none',
  }
}

/**
 * What a client knows in a function without being told: its app and routes, from `GAVOTTE_APP` and `GAVOTTE_ROUTES`. Nothing outside of
 * one, nor where it is told of another app.
 * @param app that the client is told of
 * @throws Misconfigured if the routes cannot be read
 */
export const surroundings = (
  app?: string,
  { GAVOTTE_APP: own, GAVOTTE_ROUTES: routes }: { readonly [name: string]: string | undefined } = process.env,
): { readonly app?: string; readonly routes?: Routes } =>
  own === undefined || routes === undefined || (app !== undefined && app !== own)
    ? {}
    : { app: own, routes: parseRoutes(routes, 'GAVOTTE_ROUTES') }

const demandLevel = (text: string): LogLevel => {
  const level = logLevels.find((one) => one === text)
  if (level === undefined)
    throw new Misconfigured('illegal-level', `GAVOTTE_LOG_LEVEL is "${text}": set one of ${logLevels.join(', ')}`)
  return level
}
