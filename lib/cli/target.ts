// Which endpoint a command talks to, and which app there it means.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Transient } from '../core/errors.ts'
import { loadApp } from './app-file.ts'
import { FailedError, UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

export const localEndpoint = 'http://127.0.0.1:4566'
export const appFileDefault = 'functions/app.ts'

/** Options of every command that talks to an endpoint. */
export interface TargetOptions {
  readonly endpoint?: string
  readonly app?: string
  readonly appFile?: string
  readonly json?: boolean
}

export interface Target {
  readonly app: string
  /** For people: an endpoint, or `AWS`. */
  readonly where: string
  /** For the SDK's clients; empty where the SDK is to find everything itself. */
  readonly sdk: {
    readonly endpoint?: string
    readonly region?: string
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
}

type Env = Terminal['env']

/** `--endpoint`, else AWS_ENDPOINT_URL, else the local cloud where nothing of AWS is configured. `--app`, else GAVOTTE_APP, else the app file's. */
export const targetOf = async (options: TargetOptions, env: Env): Promise<Target> => {
  const endpoint = options.endpoint ?? env.AWS_ENDPOINT_URL ?? (isAwsConfigured(env) ? undefined : localEndpoint)
  return {
    app: await appNameOf(options, env),
    where: endpoint ?? 'AWS',
    sdk: endpoint === undefined ? {} : sdkFor(endpoint, env),
  }
}

/** Runs what needs the endpoint. @throws FailedError that says what to do where it does not answer */
export const reaching = async <T>(target: Target, act: () => Promise<T>): Promise<T> => {
  try {
    return await act()
  } catch (thrown) {
    throw thrown instanceof Transient ? unreachable(target, thrown) : thrown
  }
}

export const unreachable = ({ where }: Target, error: Transient): FailedError => {
  const advice =
    where === 'AWS' ? 'try again' : 'start the local cloud with `gavotte dev`, or name another endpoint with --endpoint'
  return new FailedError(`${where} does not answer (${causeOf(error)}): ${advice}`, { cause: error })
}

/** The SDK's own words, which are shorter. */
export const causeOf = (error: Error): string =>
  error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message

const appNameOf = async ({ app, appFile }: TargetOptions, env: Env): Promise<string> => {
  const named = app ?? env.GAVOTTE_APP
  if (named !== undefined) return named
  if (appFile === undefined && !existsSync(appFileDefault)) return 'gavotte'
  return (await loadApp(appFile ?? appFileDefault)).name
}

// A local server takes any credentials, and should never be sent real ones that nobody meant for it.
const sdkFor = (endpoint: string, env: Env): Target['sdk'] => {
  const { hostname } = parseUrl(endpoint)
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || hostname.endsWith('.localhost')
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION
  return {
    endpoint,
    // The SDK does not read AWS_DEFAULT_REGION.
    ...((region !== undefined || isLocal) && { region: region ?? 'us-east-1' }),
    ...(env.AWS_ACCESS_KEY_ID === undefined && isLocal && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  }
}

const parseUrl = (text: string): URL => {
  if (!URL.canParse(text)) throw new UsageError(`"${text}" is not a URL: name the endpoint as in ${localEndpoint}`)
  return new URL(text)
}

const awsVariables = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]
const isAwsConfigured = (env: Env): boolean => {
  const folder = join(env.HOME ?? homedir(), '.aws')
  return (
    awsVariables.some((name) => env[name] !== undefined) ||
    existsSync(env.AWS_CONFIG_FILE ?? join(folder, 'config')) ||
    existsSync(env.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials'))
  )
}
