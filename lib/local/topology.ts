// Makes what an app consists of in the local cloud: a table, a mailbox and a dead-letter queue for each process.
import type { Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import type { Deployment } from '../core/definition.ts'
import { type ResourceNames, resourceNames, shardNames } from '../core/names.ts'
import { region } from './function-spec.ts'
import type { SqsService } from './sqs-service.ts'
import { queueArn, queueUrl } from './sqs-wire.ts'
import { createTable } from './tables.ts'

const daySeconds = 24 * 3600
/** A message that comes back this often cannot even be looked at: its function does not start. */
const receivesMax = 1000

/**
 * Makes what is not there yet; what is there keeps its messages and items, and gets the settings of the definitions.
 * @param endpoint URL of the local cloud
 * @throws Misconfigured if the data cannot serve
 */
export const createTopology = async (app: App, sqs: SqsService, endpoint: string): Promise<Routes> => {
  const routes: { [process: string]: Required<Routes[string]> } = {}
  for (const { contract, deploy } of app.processes) {
    const names = resourceNames(app.name, contract.name, deploy.mailbox)
    createQueues(sqs, names, deploy)
    await createTable(endpoint, names.table)
    routes[contract.name] = {
      mailbox:
        deploy.shards === 1 ? queueUrl(endpoint, names.mailbox) : shardNames(queueUrl(endpoint, names.mailbox), deploy.shards),
      deadLetter: queueUrl(endpoint, names.deadLetter),
      table: names.table,
    }
  }
  return routes
}

const createQueues = (
  sqs: SqsService,
  { mailbox, deadLetter }: ResourceNames,
  { mailbox: order, timeoutSeconds, shards }: Deployment,
): void => {
  const type = order === 'ordered' ? { FifoQueue: 'true' } : {}
  sqs.ensureQueue(deadLetter, { ...type, MessageRetentionPeriod: String(14 * daySeconds) })
  for (const name of shardNames(mailbox, shards)) {
    sqs.ensureQueue(
      name,
      {
        ...type,
        VisibilityTimeout: String(6 * timeoutSeconds),
        MessageRetentionPeriod: String(7 * daySeconds),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(region, deadLetter), maxReceiveCount: receivesMax }),
      },
      { 'gavotte:shards': String(shards) },
    )
  }
}
