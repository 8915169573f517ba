// Makes what an app consists of in the local cloud: a table, a mailbox, a timer queue and their dead-letter queues for each process.
import type { Route, Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import { visibilitySecondsOf } from '../core/backoff.ts'
import type { Deployment } from '../core/definition.ts'
import { type ResourceNames, resourceNames, shardNames } from '../core/names.ts'
import { region } from './function-spec.ts'
import type { SchedulerService } from './scheduler-service.ts'
import type { SqsService } from './sqs-service.ts'
import { account, queueArn, queueUrl } from './sqs-wire.ts'
import { createTable } from './tables.ts'

const daySeconds = 24 * 3600
/** A message that comes back this often cannot even be looked at: its function does not start. */
const receivesMax = 1000

/**
 * Makes what is not there yet; what is there keeps its messages and items, and gets the settings of the definitions.
 * @param endpoint URL of the local cloud
 * @throws Misconfigured if the data cannot serve
 */
export const createTopology = async (app: App, { sqs, scheduler }: Services, endpoint: string): Promise<Routes> => {
  const group = `${app.name}-local`
  scheduler.ensureGroup(group)
  const routes: { [process: string]: Route } = {}
  for (const { contract, deploy } of app.processes) {
    const names = resourceNames(app.name, contract.name, deploy.mailbox)
    createQueues(sqs, names, deploy)
    await createTable(endpoint, names.table)
    routes[contract.name] = {
      mailbox:
        deploy.shards === 1 ? queueUrl(endpoint, names.mailbox) : shardNames(queueUrl(endpoint, names.mailbox), deploy.shards),
      deadLetter: queueUrl(endpoint, names.deadLetter),
      table: names.table,
      ...(deploy.timers && {
        timer: {
          queue: queueUrl(endpoint, names.timer),
          arn: queueArn(region, names.timer),
          role: `arn:aws:iam::${account}:role/${names.function}-scheduler`,
          group,
        },
      }),
    }
  }
  return routes
}

interface Services {
  readonly sqs: SqsService
  readonly scheduler: SchedulerService
}

const createQueues = (sqs: SqsService, names: ResourceNames, deploy: Deployment): void => {
  const { mailbox, shards, timers } = deploy
  const attributes = (deadLetter: string) => ({
    VisibilityTimeout: String(visibilitySecondsOf(deploy)),
    MessageRetentionPeriod: String(7 * daySeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(region, deadLetter), maxReceiveCount: receivesMax }),
  })
  const kept = { MessageRetentionPeriod: String(14 * daySeconds) }
  const type = mailbox === 'ordered' ? { FifoQueue: 'true' } : {}
  sqs.ensureQueue(names.deadLetter, { ...type, ...kept })
  for (const name of shardNames(names.mailbox, shards))
    sqs.ensureQueue(name, { ...type, ...attributes(names.deadLetter) }, { 'gavotte:shards': String(shards) })
  if (!timers) return
  sqs.ensureQueue(names.timerDeadLetter, kept)
  sqs.ensureQueue(names.timer, attributes(names.timerDeadLetter))
}
