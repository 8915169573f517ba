// `npm run database -- import|export|spread`: documents into a collection and out of it.
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { connect } from '../../lib/aws/index.ts'
import { exitCodes, runCommand, UsageError } from '../../lib/cli/failure.ts'
import { count, targeted } from '../../lib/cli/options.ts'
import { Display, grouped } from '../../lib/cli/progress.ts'
import { type TargetOptions, targetOf } from '../../lib/cli/target.ts'
import { terminal as here, print, type Terminal } from '../../lib/cli/terminal.ts'
import { CallFailed } from '../../lib/index.ts'
import { type CollectionClient, openCollection, type Stored } from './client.ts'
import { type Collection, type Collections, type Document, instancesOf } from './collection.ts'
import { collections as shop } from './collections.ts'
import { Database } from './contract.ts'
import { type FileOptions, importFile } from './import-file.ts'

interface Setting {
  readonly terminal: Terminal
  readonly collections: Collections
}
type SpreadOptions = TargetOptions & { readonly from: number; readonly drop?: boolean }

/** Runs one command. Never throws, never ends the process. @returns the exit code */
export const load = (args: readonly string[], terminal: Terminal, collections: Collections = shop): Promise<number> =>
  runCommand((finish) => programOf({ terminal, collections }, finish), args, terminal)

const programOf = (setting: Setting, finish: (code: number) => void): Command => {
  const program = new Command('database').description('Documents into the database and out of it.').exitOverride()
  targeted(program.command('import'))
    .description(
      'Put a document for each row of a CSV file (.csv) or JSON-lines file (any other). What is there already stays as it is.',
    )
    .argument('<collection>')
    .argument('<file>')
    .option('--key <column>', 'the column of the key (default: rows are {"key","document"}, as an export writes them)')
    .option('--numbers <columns>', 'columns of a CSV file that have numbers, parted by commas', (text) => text.split(','))
    .option('--online-retail', 'rows are order lines of the "Online Retail" data set; each article becomes a product')
    .option('--strict', 'stop at the first bad row')
    .option('--restart', 'begin at the first row even if an earlier run was interrupted')
    .action(async (name: string, file: string, options: TargetOptions & FileOptions) =>
      finish(await runImport(setting, name, file, options)),
    )
  targeted(program.command('export'))
    .description('Write all documents of a collection as JSON lines, by ascending key.')
    .argument('<collection>')
    .argument('<file>')
    .action(async (name: string, file: string, options: TargetOptions) => finish(await runExport(setting, name, file, options)))
  targeted(program.command('spread'))
    .description('Put all documents of an earlier number of shards into the shards as they are deployed now.')
    .argument('<collection>')
    .requiredOption('--from <shards>', 'the earlier number', count(1))
    .option('--drop', 'drop the earlier shards then')
    .action(async (name: string, options: SpreadOptions) => finish(await runSpread(setting, name, options)))
  return program
}

const collectionOf = ({ collections }: Setting, name: string): Collection => {
  const collection = Object.hasOwn(collections, name) ? collections[name] : undefined
  if (collection !== undefined) return collection
  throw new UsageError(`there is no collection ${name}: choose one of ${Object.keys(collections).join(', ')}`)
}

const connected = async <T>(
  { terminal }: Setting,
  options: TargetOptions,
  act: (caller: ReturnType<typeof callerOf>, target: string) => Promise<T>,
): Promise<T> => {
  const { app, sdk, where } = await targetOf(options, terminal.env)
  const caller = callerOf(app, sdk)
  try {
    return await act(caller, `${app} on ${where}`)
  } finally {
    await caller.close()
  }
}
// A call is not made again by the SDK: it may have run.
const callerOf = (app: string, sdk: object) =>
  connect({ uses: [Database], app, sqs: sdk, dynamodb: sdk, lambda: { ...sdk, maxAttempts: 1 } })

type Opened = CollectionClient<Document, Document>

const runImport = (setting: Setting, name: string, file: string, options: TargetOptions & FileOptions): Promise<number> => {
  const { terminal, collections } = setting
  const collection = collectionOf(setting, name)
  return connected(setting, options, async (caller, where) => {
    const client = openCollection(caller, collections, name) as Opened
    const imported = await importFile({ file, options, target: `${name} of ${where}`, collection, client, terminal })
    const { written, unchanged, bad, earlier, seconds } = imported
    const ended = `${grouped(written)} written, ${grouped(unchanged)} as they were, ${grouped(bad)} bad`
    const text = `${ended}${earlier > 0 ? ` (${grouped(earlier)} rows in an earlier run)` : ''}; ${seconds.toFixed(1)} s`
    print(terminal.out, options.json === true ? JSON.stringify(imported) : text)
    return bad === 0 ? exitCodes.ok : exitCodes.failed
  })
}

const runExport = (setting: Setting, name: string, file: string, options: TargetOptions): Promise<number> => {
  const { terminal, collections } = setting
  collectionOf(setting, name)
  return connected(setting, options, async (caller) => {
    const client = openCollection(caller, collections, name) as Opened
    const written = await counted(terminal, client, async (documents) => {
      const lines = async function* () {
        for await (const { key, document } of documents) yield `${JSON.stringify({ key, document })}\n`
      }
      await pipeline(Readable.from(lines()), createWriteStream(file))
    })
    print(terminal.out, options.json === true ? JSON.stringify({ written }) : `${grouped(written)} documents in ${file}`)
    return exitCodes.ok
  })
}

const runSpread = (setting: Setting, name: string, { from, drop = false, ...options }: SpreadOptions): Promise<number> => {
  const { terminal, collections } = setting
  const { shards } = collectionOf(setting, name)
  if (from === shards) throw new UsageError(`${name} has ${shards} shards as it is deployed: name the earlier number with --from`)
  return connected(setting, options, async (caller) => {
    const earlier = openCollection(caller, collections, name, { shards: from }) as Opened
    const now = openCollection(caller, collections, name) as Opened
    const written = await counted(terminal, earlier, async (documents) => {
      const some: Stored<Document>[] = []
      for await (const one of documents) {
        some.push(one)
        if (some.length === spreadAtOnce) await putMissing(now, some.splice(0))
      }
      await putMissing(now, some)
    })
    if (drop) await Promise.all(instancesOf(name, from).map((instance) => caller.send(Database, instance).Drop({})))
    print(terminal.out, options.json === true ? JSON.stringify({ written }) : `${grouped(written)} documents in ${shards} shards`)
    return exitCodes.ok
  })
}

const spreadAtOnce = 200

/** What was written since into the shards as they are now is newer, and stays. */
const putMissing = async (client: Opened, documents: readonly Stored<Document>[]): Promise<void> => {
  for (;;) {
    const there = new Set((await client.getAll(documents.map(({ key }) => key))).map(({ key }) => key))
    const missing = documents.filter(({ key }) => !there.has(key))
    try {
      await client.batch(missing.map(({ key, document }) => ({ kind: 'put', key, document: { ...document }, version: 0 })))
      return
    } catch (error) {
      // Somebody else was faster with one of them: the next look finds it.
      if (!(error instanceof CallFailed && error.code === 'version-conflict')) throw error
    }
  }
}

/** Hands on all documents of a collection, and shows how far that is. @returns how many there were */
const counted = async (
  { err }: Terminal,
  client: Opened,
  act: (documents: AsyncIterable<Stored<Document>>) => Promise<void>,
): Promise<number> => {
  const display = new Display(err, 'documents')
  const [all, began] = [await client.count(), Date.now()]
  let done = 0
  const documents = async function* () {
    for await (const one of client.all()) {
      done++
      display.update(done / Math.max(all, done), done, done / Math.max((Date.now() - began) / 1000, 0.001))
      yield one
    }
  }
  try {
    await act(documents())
  } finally {
    display.stop()
  }
  return done
}

if (process.argv[1] === import.meta.filename) process.exitCode = await load(process.argv.slice(2), here)
