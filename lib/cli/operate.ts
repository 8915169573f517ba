// The commands of operators, their options and help; what they run is loaded when it is asked for.
import { type Command, Option } from 'commander'
import type { CallOptions, CancelOptions } from './call.ts'
import type { AuditOptions, ListOptions } from './failed.ts'
import { count, duration, moment, rate, targeted } from './options.ts'
import type { DiscardOptions, RedriveOptions } from './redrive.ts'
import type { TargetOptions } from './target.ts'
import type { Terminal } from './terminal.ts'

type Finish = (code: number) => void

/** Adds the commands to the program. */
export const registerOperate = (program: Command, terminal: Terminal, finish: Finish): void => {
  addFailed(program, terminal, finish)
  addRedrive(program, terminal, finish)
  addDiscard(program, terminal, finish)
  addAudit(program, terminal, finish)
  addCall(program, terminal, finish)
  addCancel(program, terminal, finish)
}

const filtered = (command: Command): Command =>
  spanned(
    command
      .option('--process <process>', 'of this process (default: all of the app)')
      .option('--instance <instance>', 'of this instance of the process')
      .option('--code <code>', 'that failed for this reason, as in handler-failed')
      .option('--type <type>', 'of this type, as in Charge'),
  )

const spanned = (command: Command): Command =>
  command
    .option('--since <time>', 'not before, as in 2h (ago) or 2026-11-23T09:00Z', moment)
    .option('--until <time>', 'not after, written as --since', moment)

const said = (command: Command): Command =>
  command.option('--by <name>', 'who does it (default: the user of this machine)').addOption(wait())

const wait = (): Option =>
  new Option('--wait <time>', 'how long to wait for what becomes of a message')
    .argParser((text) => duration(text))
    .default(120_000, '2m')

const addFailed = (program: Command, terminal: Terminal, finish: Finish): void => {
  const failed = targeted(filtered(program.command('failed')))
    .description('List the messages that have failed for good, the oldest first; show one.')
    .addHelpText('after', failedHelp)
    .action(async (options: ListOptions) => finish(await (await import('./failed.ts')).listFailed(options, terminal)))
  targeted(failed.command('show'))
    .description('Show a message that has failed: its error, its stack, its body, what was done about it.')
    .argument('<address>', 'the instance, as in order/42')
    .argument('<id>', 'the message, as `gavotte failed` lists it')
    .addHelpText('after', failedHelp)
    .action(async (address: string, id: string, _: object, command: Command) =>
      finish(await (await import('./failed.ts')).showOne({ address, id }, command.optsWithGlobals<TargetOptions>(), terminal)),
    )
}

const addRedrive = (program: Command, terminal: Terminal, finish: Finish): void => {
  targeted(said(filtered(program.command('redrive'))))
    .description(
      'Have messages that have failed for good tried again: one, those of an instance, those that a filter finds, or all.',
    )
    .argument('[address]', 'the instance, as in order/42')
    .argument('[id]', 'the message, as `gavotte failed` lists it')
    .option('--all', 'all that have failed')
    .option('--dry-run', 'list what would be redriven, and do nothing')
    .option('--rate <rate>', 'at most so many in a time, as in 10/s', rate)
    .option('--concurrency <instances>', 'instances under way at once', count(1), 10)
    .option('--body <json>', 'of one message: what takes the place of its body, or - to read it from stdin')
    .option('--no-check', 'without asking the app file whether the body fits')
    .option('--why <text>', 'why, for the audit trail')
    .addHelpText('after', redriveHelp)
    .action(async (address: string | undefined, id: string | undefined, options: RedriveOptions) =>
      finish(await (await import('./redrive.ts')).redrive({ address, id }, options, terminal)),
    )
}

const addDiscard = (program: Command, terminal: Terminal, finish: Finish): void => {
  targeted(said(program.command('discard')))
    .description('Give a message up that has failed for good: a parked instance goes on behind it. It stays in the table.')
    .argument('<address>', 'the instance, as in order/42')
    .argument('<id>', 'the message, as `gavotte failed` lists it')
    .requiredOption('--why <text>', 'why, for the audit trail')
    .addHelpText('after', discardHelp)
    .action(async (address: string, id: string, options: DiscardOptions) =>
      finish(await (await import('./redrive.ts')).discard({ address, id }, options, terminal)),
    )
}

const addAudit = (program: Command, terminal: Terminal, finish: Finish): void => {
  targeted(spanned(program.command('audit')))
    .description('List what was redriven and discarded, by whom and why, the oldest first.')
    .argument('[address]', 'an instance, as in order/42, or a process, as in order (default: all of the app)')
    .addHelpText('after', auditHelp)
    .action(async (address: string | undefined, options: AuditOptions) =>
      finish(await (await import('./failed.ts')).audit(address, options, terminal)),
    )
}

const addCall = (program: Command, terminal: Terminal, finish: Finish): void => {
  targeted(program.command('call'))
    .description('Call an instance directly, and print its reply as JSON.')
    .argument('<address>', 'the instance, as in payment/42')
    .argument('<call>', 'the call, as in Balance')
    .argument('[request]', 'JSON, or - to read it from stdin (default: {})')
    .option('--key <key>', 'ask once: under the same key the same answer comes again, for an hour')
    .addOption(
      new Option('--timeout <time>', 'how long to wait for the reply').argParser((text) => duration(text)).default(30_000, '30s'),
    )
    .option('--no-check', 'call without asking the app file whether the request fits')
    .addHelpText('after', callHelp)
    .action(async (address: string, type: string, request: string | undefined, options: CallOptions) =>
      finish(await (await import('./call.ts')).call({ address, type, request }, options, terminal)),
    )
}

const addCancel = (program: Command, terminal: Terminal, finish: Finish): void => {
  targeted(program.command('cancel'))
    .description('Cancel the flows of an instance that are under way: they are undone, and end.')
    .argument('<address>', 'the instance, as in order/42')
    .option('--flow <type>', 'only flows that this message began')
    .addHelpText('after', cancelHelp)
    .action(async (address: string, options: CancelOptions) =>
      finish(await (await import('./call.ts')).cancel(address, options, terminal)),
    )
}

const failedHelp = `
Examples:
  gavotte failed
  gavotte failed --process order --code handler-failed --since 2h
  gavotte failed --json | jq -r .code | sort | uniq -c
  gavotte failed show order/42 click-1

Without --instance the tables are read whole: half a read unit for each 4 KB, about 2 cents a GB.
PARKED says how many messages are stashed behind the one that the instance stands still on.`

const redriveHelp = `
Examples:
  gavotte redrive order/42 click-1 --why 'deployed the correction'
  gavotte redrive order/42 click-1 --body '{"quantity":1}' --why 'a typo of the shop'
  gavotte redrive order/42
  gavotte redrive --process order --code handler-failed --since 2h --dry-run
  gavotte redrive --all --rate 10/s

Instances begin in the order in which they failed; the messages of one are redriven one after another. One that stood still goes on with
the message and then with what was stashed behind it, in its order. With --body the message that failed stays as it was.
Exit code 1 if one failed again, or could not be waited for.`

const discardHelp = `
Examples:
  gavotte discard order/42 click-1 --why 'the order was cancelled by telephone'
  gavotte discard order/~malformed sqs/5f0c/0 --why noise`

const auditHelp = `
Examples:
  gavotte audit --since 1d
  gavotte audit order/42
  gavotte audit order --json | jq 'select(.how == "discarded")'`

const callHelp = `
Examples:
  gavotte call payment/42 Balance
  gavotte call payment/42 Refund '{"pence":700}' --key refund-1 | jq .pence

Exit code 1 if the call is refused; its code and message stand on stderr.`

const cancelHelp = `
Examples:
  gavotte cancel order/42
  gavotte cancel order/42 --flow Place`
