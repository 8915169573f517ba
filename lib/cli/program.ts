// The commands of `gavotte`, their options and help. Exit codes: 0 ok, 1 failed, 2 wrong usage.
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { registerDev } from './dev.ts'
import { runCommand } from './failure.ts'
import { registerOperate } from './operate.ts'
import { count, duration, targeted } from './options.ts'
import type { SendFileOptions } from './send-file.ts'
import type { TargetOptions } from './target.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command. Never throws, never ends the process. @returns the exit code */
export const run = (args: readonly string[], terminal: Terminal): Promise<number> =>
  runCommand((finish) => programFor(terminal, finish), args, terminal)

const versionOf = (): string => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return manifest.version
}

const programFor = (terminal: Terminal, finish: (code: number) => void): Command => {
  const program = new Command('gavotte')
    .description('Durable processes on Lambda, SQS and DynamoDB.')
    .version(versionOf())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: (text, write) => write(`gavotte: ${oneLine(text)} (see --help)\n`),
    })
  registerDev(program)
  addSend(program, terminal, finish)
  addInspect(program, terminal, finish)
  addQueues(program, terminal, finish)
  registerOperate(program, terminal, finish)
  return program
}

const oneLine = (text: string): string =>
  text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')

const patience = new Option('--patience <time>', 'how long to wait for an endpoint that does not answer, as in 90s or 5m')
  .argParser((text) => duration(text))
  .default(60_000, '60s')

const addSend = (program: Command, terminal: Terminal, finish: (code: number) => void): void => {
  targeted(program.command('send'))
    .description('Send a message to an instance of a process, or a message for each row of a file.')
    .argument('[address]', 'the instance, as in order/42')
    .argument('[type]', 'the message, as in Place')
    .argument('[body]', 'JSON, or - to read it from stdin (default: {})')
    .option('--key <key>', 'apply it once, however often it is sent under this key')
    .option('--no-check', 'send without asking the app file whether the message fits')
    .option('--file <file>', 'send a message for each row of a CSV file (.csv) or JSON-lines file (any other)')
    .option('--map <file>', 'how a row becomes a message (JSON); without it each row is {"to","type","body","key"} itself')
    .option('--offset <rows>', 'pass over so many rows first', count(0))
    .option('--limit <rows>', 'read so many rows and no more', count(1))
    .option('--concurrency <sends>', 'sends under way at once', count(1), 500)
    .addOption(patience)
    .option('--strict', 'stop at the first bad row')
    .option('--restart', 'begin at the first row even if an earlier run was interrupted')
    .addHelpText('after', sendHelp)
    .action(
      async (
        address: string | undefined,
        type: string | undefined,
        body: string | undefined,
        options: Omit<SendFileOptions, 'file'> & { readonly file?: string },
      ) => {
        const { file } = options
        if (file === undefined) finish(await (await import('./send.ts')).sendOne({ address, type, body }, options, terminal))
        else finish(await (await import('./send-file.ts')).sendFile({ address }, { ...options, file }, terminal))
      },
    )
}

const addInspect = (program: Command, terminal: Terminal, finish: (code: number) => void): void => {
  targeted(program.command('inspect'))
    .description('Show what the table holds of an instance; without an instance, list those of a process.')
    .argument('<address>', 'an instance, as in order/42, or a process, as in order')
    .option('--limit <instances>', 'list so many', count(1), 50)
    .option('--after <instance>', 'go on behind this one, the last of an earlier list')
    .addHelpText('after', inspectHelp)
    .action(async (address: string, options: TargetOptions & { limit: number; after?: string }) => {
      const { inspect } = await import('./inspect.ts')
      finish(await inspect(address, options, terminal))
    })
}

const addQueues = (program: Command, terminal: Terminal, finish: (code: number) => void): void => {
  targeted(program.command('queues'))
    .description('List the mailboxes of the app: messages that wait, are in flight, are delayed, or have failed.')
    .addHelpText('after', queuesHelp)
    .action(async (options: TargetOptions) => {
      const { queues } = await import('./queues.ts')
      finish(await queues(options, terminal))
    })
}

const sendHelp = `
Examples:
  gavotte send order/42 Place '{"customer":"17850","sku":"sku-65","quantity":1,"pence":13912}' --key click-1
  echo '{}' | gavotte send order/42 Shipped -
  gavotte send --file invoices.csv --map invoices.map.json

A mapping file:
  {
    "to": "order/{InvoiceNo}",
    "type": "Place",
    "key": "invoice-{InvoiceNo}",
    "body": {
      "customer": "{CustomerID}",
      "pence": { "column": "TotalPrice", "as": "pence" },
      "sku": { "column": "InvoiceNo", "last": 2, "prefix": "sku-" },
      "quantity": 1
    }
  }
A text is a template: {Column} stands for the row's value, {{ for a brace. {"column"} takes a value "as" a string, integer, number,
boolean or pence (pounds × 100, rounded), of its "last" characters, with a "prefix". All else stays as it is.
A row without key gets one from its message and its place, so a file sent twice is applied once.

How far a run came is kept in .gavotte/send/ until it ends; the same command goes on from there after an interruption.
Exit code 1 if a row was bad or the endpoint went away for longer than --patience.`

const inspectHelp = `
Examples:
  gavotte inspect order/42
  gavotte inspect order --limit 100
  gavotte inspect order --json | jq .version
  gavotte inspect order/~malformed          messages that name no instance`

const queuesHelp = `
Examples:
  gavotte queues
  gavotte queues --endpoint http://127.0.0.1:4566 --json`
