// Runs the ports' contract suites on any server that speaks SQS's, DynamoDB's or EventBridge Scheduler's protocol:
// `node test/localstack/contracts.ts --sqs URL --dynamodb URL`.
import { parseArgs } from 'node:util'
import { emulatorEnvironment } from './environment.ts'
import { conclusion, runSuites } from './suites.ts'

const help = `usage: node test/localstack/contracts.ts [--sqs URL [--scheduler URL]] [--dynamodb URL] [--emulator NAME]

  --sqs, --dynamodb  where the servers listen; at least one of them
  --scheduler        where schedules are made that send to the queues of --sqs
  --emulator         localstack, ministack or elasticmq: then its known differences from AWS do not count as failures`

const { values } = parseArgs({
  options: {
    sqs: { type: 'string' },
    scheduler: { type: 'string' },
    dynamodb: { type: 'string' },
    emulator: { type: 'string', default: '' },
  },
})

const main = async (): Promise<number> => {
  const { sqs, scheduler, dynamodb, emulator } = values
  if (sqs === undefined && dynamodb === undefined) {
    console.error(help)
    return 2
  }
  const env = emulatorEnvironment({
    ...(sqs !== undefined && { GAVOTTE_SQS_URL: sqs }),
    ...(scheduler !== undefined && { GAVOTTE_SCHEDULER_URL: scheduler }),
    ...(dynamodb !== undefined && { GAVOTTE_DYNAMODB_URL: dynamodb }),
  })
  const verdict = await runSuites(emulator, 'localstack/contracts', env)
  for (const line of conclusion(emulator, verdict)) console.log(line)
  return verdict.failed === 0 && verdict.passed > 0 ? 0 : 1
}

process.exitCode = await main()
