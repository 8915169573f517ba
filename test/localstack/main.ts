// `npm run test:localstack`: deploys the reference app and the trial to LocalStack, tests them end to end, and takes them away again.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { findLocalStack, type LocalStack } from './endpoint.ts'
import { emulatorEnvironment } from './environment.ts'
import { report } from './report.ts'
import { conclusion, runSuites } from './suites.ts'

const help = `usage: npm run test:localstack -- [PATTERN] [--clear] [--counts FILE]

  PATTERN   runs only the suites whose path it is part of: shop, orders, trial, contracts
  --clear   takes away first what an earlier run left behind
  --counts  writes {"passed":n,"failed":n} there

LocalStack is what listens on AWS_ENDPOINT_URL (default http://127.0.0.1:4566), else one is started in Docker; GAVOTTE_INVOICES names a file
of orders. Exit codes: 0 all passed, 1 some failed, 2 wrong use, 3 no LocalStack. See docs/localstack.md.`

const exitCodes = { ok: 0, failed: 1, usage: 2, noLocalStack: 3 } as const

const readOptions = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      clear: { type: 'boolean', default: false },
      counts: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return { ...values, pattern: positionals[0] ?? '' }
}
type Options = ReturnType<typeof readOptions>

const main = async (): Promise<number> => {
  const options = readOptions()
  if (options.help) {
    console.log(help)
    return exitCodes.ok
  }
  const found = await findLocalStack(process.env.AWS_ENDPOINT_URL?.replace(/\/+$/, ''))
  if (found.kind === 'none') {
    console.error(`${found.why}: docs/localstack.md says how to get LocalStack`)
    return exitCodes.noLocalStack
  }
  const { localStack } = found
  const stopped = (): void => void localStack.stop().finally(() => process.exit(130))
  process.once('SIGINT', stopped).once('SIGTERM', stopped)
  try {
    return await testOn(localStack, options)
  } finally {
    await localStack.stop()
  }
}

const testOn = async ({ endpoint }: LocalStack, { pattern, clear, counts }: Options): Promise<number> => {
  report(`LocalStack on ${endpoint}`)
  process.env = emulatorEnvironment({ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint })
  // Only now: clients take their endpoint from the environment.
  const { leftovers, takeAway } = await import('./leftovers.ts')
  if (clear) await takeAway()
  const left = await leftovers()
  if (left.length > 0) {
    console.error(`${endpoint} holds ${left.join(', ')}: use a fresh LocalStack, or --clear to take them away with all they hold`)
    return exitCodes.usage
  }
  const { bootstrap } = await import('./cdklocal.ts')
  await bootstrap()
  const verdict = await runSuites('localstack', pattern, process.env)
  // Suites that share an app leave it standing.
  await takeAway()
  report(`${Math.round(process.uptime())} s in all`)
  for (const line of conclusion('localstack', verdict)) console.log(line)
  if (counts !== undefined) await writeFile(counts, JSON.stringify({ passed: verdict.passed, failed: verdict.failed }))
  return verdict.failed === 0 && verdict.passed > 0 ? exitCodes.ok : exitCodes.failed
}

process.exitCode = await main()
