// What a function carries: the framework and its own process stay small, and what else is in there is known.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, jest, test } from '@jest/globals'
import { build, type Metafile } from 'esbuild'
import { app } from '../../functions/app.ts'
import { partsWithout } from '../../lib/core/parts.ts'

// A busy machine takes its time to bundle every function twice.
jest.setTimeout(60_000)

/** Zipped, as Lambda stores and fetches it, and of all that is not the AWS SDK: see docs/decisions/0006. */
const zippedBytesMax = 40 * 1024
/** With much code of its own: queries, indexes, imports; pages, their style, and Hono. */
const larger: { readonly [process: string]: number } = { database: 45 * 1024, web: 47 * 1024 }

// As the construct bundles.
const bundle = async (process: string, external: readonly string[] = []) => {
  const blueprint = app.processes.find(({ contract }) => contract.name === process)
  const { metafile, outputFiles } = await build({
    external: [...external],
    define: { ...(blueprint && partsWithout(blueprint, blueprint.deploy)) },
    entryPoints: [fileURLToPath(app.entry(process))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  return { metafile, code: outputFiles.map(({ contents }) => contents) }
}

const packageOf = (path: string): string | undefined => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]

const sizes = ({ outputs }: Metafile): { readonly own: number; readonly libraries: number; readonly sdk: number } => {
  const sum = { own: 0, libraries: 0, sdk: 0 }
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path)
      sum[name === undefined ? 'own' : name === 'valibot' || name === 'hono' ? 'libraries' : 'sdk'] += bytesInOutput
    }
  }
  return sum
}

// What is read and then left out, such as the client for those outside, takes nothing along.
const carriedBy = ({ outputs }: Pick<Metafile, 'outputs'>): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )

const bundles = new Map(
  await Promise.all(app.processes.map(async ({ contract: { name } }) => [name, (await bundle(name)).metafile] as const)),
)

test('a function takes at most 40 KB beside the AWS SDK, zipped', async () => {
  const found = await Promise.all(
    [...bundles, ['web', (await bundle('web')).metafile] as const].map(async ([process, metafile]) => {
      const { code } = await bundle(process, ['@aws-sdk/*', '@smithy/*'])
      return { process, ...sizes(metafile), zipped: gzipSync(Buffer.concat(code)).length }
    }),
  )
  const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`
  const lines = found.map(
    ({ process, own, libraries, sdk, zipped }) =>
      `${process}: framework and process ${kb(own)}, libraries ${kb(libraries)}, both zipped ${kb(zipped)}; AWS SDK ${kb(sdk)}`,
  )
  console.info(lines.join('\n'))
  for (const { process, zipped } of found)
    expect({ process, fits: zipped <= (larger[process] ?? zippedBytesMax), zipped }).toEqual({ process, fits: true, zipped })
})

test('a bundle takes nothing from outside but the AWS SDK and the schemas of its process', () => {
  for (const { contract, deploy } of app.processes) {
    const { inputs, outputs } = bundles.get(contract.name) as Metafile
    const taken = carriedBy({ outputs })
      .filter((path) => packageOf(path) === undefined)
      .flatMap((path) => inputs[path]?.imports.map((one) => packageOf(one.path)) ?? [])
      .filter((name) => name !== undefined)
    const clients = ['dynamodb', 'sqs', ...(deploy.timers ? ['scheduler'] : [])].map((name) => `@aws-sdk/client-${name}`)
    expect(new Set(taken)).toEqual(new Set([...clients, 'valibot']))
  }
})

test('a bundle leaves out the parts of the framework that its process has no use for', () => {
  for (const { contract, rows, limit, deploy } of app.processes) {
    const files = carriedBy(bundles.get(contract.name) as Metafile)
    const carries = (path: string): boolean => files.some((file) => file.endsWith(path))
    expect({
      process: contract.name,
      rows: carries('lib/runtime/rows.ts'),
      limit: carries('lib/runtime/limiter.ts'),
      calls: carries('lib/runtime/direct.ts'),
      timers: carries('lib/aws/scheduler.ts'),
    }).toEqual({
      process: contract.name,
      rows: rows !== undefined,
      limit: limit !== undefined,
      calls: Object.keys(contract.calls).length > 0,
      timers: deploy.timers,
    })
  }
})

test('a bundle holds the code of one process', () => {
  for (const [process, { inputs }] of bundles) {
    const files = Object.keys(inputs).filter((path) => /functions\/[^/]+\/(process|handler)\.ts$/.test(path))
    expect(files.map((path) => path.split('/').at(-2))).toEqual([process, process])
  }
})

test('a bundle holds nothing of the simulator, the local cloud, the constructs or the command', () => {
  for (const { inputs } of bundles.values()) {
    expect(Object.keys(inputs).filter((path) => /(^|\/)lib\/(sim|local|cdk|cli)\//.test(path))).toEqual([])
  }
})
