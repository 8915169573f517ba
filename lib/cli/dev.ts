// The `dev` command and its options; what it runs is loaded when it is asked for.
import { type Command, InvalidArgumentError } from 'commander'
import { appFileDefault } from './target.ts'
import { terminal } from './terminal.ts'

export interface DevOptions {
  readonly port: number
  readonly webPort: number
  readonly data: string
  readonly appFile: string
  readonly workers: number
  readonly fresh?: boolean
  readonly then?: string
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Adds the command to the program. */
export const registerDev = (program: Command): void => {
  program
    .command('dev')
    .description('Run the app on this machine: queues, tables and functions behind one endpoint on 127.0.0.1.')
    .option('--port <number>', 'port of the endpoint, 0 for any that is free', whole(0, 65_535), 4566)
    .option(
      '--web-port <number>',
      `port of the web function, of several the first (default: ${webPortAbove} above --port)`,
      whole(0, 65_535),
    )
    .option('--data <folder>', 'where messages and tables are kept', '.gavotte')
    .option('--fresh', 'begin with empty queues and tables')
    .option('--workers <number>', 'batches that each process handles at a time', whole(1, 16), 1)
    .option('--app-file <file>', 'module that exports the app', appFileDefault)
    .option('--then <file>', 'module to run once it is up, with the endpoint in its environment: to fill it, say')
    .option('--quiet', 'print failures only')
    .option('--json', 'print events as JSON lines, for programs')
    .addHelpText('after', devHelp)
    .action(async (options: Omit<DevOptions, 'webPort'> & Partial<DevOptions>) => {
      const { dev } = await import('./dev-run.ts')
      const { port } = options
      await dev({ webPort: port === 0 ? 0 : port + webPortAbove, ...options }, terminal)
    })
}

/** How far above the endpoint's port the first web function has its own: local clouds run side by side. */
const webPortAbove = 14

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`)
  }

const devHelp = `
Examples:
  gavotte dev
  gavotte dev --fresh --port 4600
  gavotte dev --quiet --workers 2

A web function has a URL of its own, http://127.0.0.1:4580 unless told otherwise.
Any AWS SDK and the AWS CLI work on it: AWS_ENDPOINT_URL=http://127.0.0.1:4566, region us-east-1, any credentials.
Ctrl-C stops it when the invocations in flight are done, a second one at once. What it holds is kept in the data folder, and a
kill -9 loses nothing that was acknowledged.`
