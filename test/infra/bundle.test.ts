// What a function carries: the framework and its own process stay small, and what else is in there is known.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, jest, test } from '@jest/globals'
import { build, type Metafile } from 'esbuild'
import { app } from '../../functions/app.ts'

// A busy machine takes its time to bundle every function twice.
jest.setTimeout(60_000)

/** Zipped, as Lambda stores and fetches it, and of all that is not the AWS SDK: see docs/decisions/0006. */
const zippedBytesMax = 40 * 1024
/** With much code of its own: queries, indexes, imports. */
const larger: { readonly [process: string]: number } = { database: 45 * 1024 }

// As the construct bundles.
const bundle = async (process: string, external: readonly string[] = []) => {
  const { metafile, outputFiles } = await build({
    external: [...external],
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

const sizes = ({ outputs }: Metafile): { readonly own: number; readonly schemas: number; readonly sdk: number } => {
  const sum = { own: 0, schemas: 0, sdk: 0 }
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path)
      sum[name === undefined ? 'own' : name === 'valibot' ? 'schemas' : 'sdk'] += bytesInOutput
    }
  }
  return sum
}

const bundles = new Map(
  await Promise.all(app.processes.map(async ({ contract: { name } }) => [name, (await bundle(name)).metafile] as const)),
)

test('a function takes at most 40 KB beside the AWS SDK, zipped', async () => {
  const found = await Promise.all(
    [...bundles].map(async ([process, metafile]) => {
      const { code } = await bundle(process, ['@aws-sdk/*', '@smithy/*'])
      return { process, ...sizes(metafile), zipped: gzipSync(Buffer.concat(code)).length }
    }),
  )
  const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`
  const lines = found.map(
    ({ process, own, schemas, sdk, zipped }) =>
      `${process}: framework and process ${kb(own)}, schemas ${kb(schemas)}, both zipped ${kb(zipped)}; AWS SDK ${kb(sdk)}`,
  )
  console.info(lines.join('\n'))
  for (const { process, zipped } of found)
    expect({ process, fits: zipped <= (larger[process] ?? zippedBytesMax), zipped }).toEqual({ process, fits: true, zipped })
})

test('a bundle takes nothing from outside but the AWS SDK and the schemas of its process', () => {
  for (const { inputs, outputs } of bundles.values()) {
    // What is read and then left out, such as the client for those outside, takes nothing along.
    const carried = Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    )
    const taken = carried
      .filter((path) => packageOf(path) === undefined)
      .flatMap((path) => inputs[path]?.imports.map((one) => packageOf(one.path)) ?? [])
      .filter((name) => name !== undefined)
    const clients = ['@aws-sdk/client-dynamodb', '@aws-sdk/client-scheduler', '@aws-sdk/client-sqs']
    expect(new Set(taken)).toEqual(new Set([...clients, 'valibot']))
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
