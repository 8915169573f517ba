// An EventBridge Scheduler in memory for tests, with the local cloud's rules, on a port of its own; what it sends is noted.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SchedulerClientConfig } from '@aws-sdk/client-scheduler'
import { schedulerHandler } from '../../lib/local/scheduler-http.ts'
import { SchedulerService } from '../../lib/local/scheduler-service.ts'
import { systemClock } from '../../lib/local/sqs-service.ts'

export interface TestScheduler {
  readonly config: SchedulerClientConfig & { readonly endpoint: string }
  /** What was sent, by the queue's ARN and the body. */
  readonly sent: (readonly [queueArn: string, body: string])[]
  /** Actions that were asked for. */
  readonly asked: string[]
  readonly close: () => Promise<void>
}

/** @param group is there from the start */
export const startScheduler = async (group: string): Promise<TestScheduler> => {
  const sent: TestScheduler['sent'] = []
  const asked: string[] = []
  const service = new SchedulerService({
    folder: undefined,
    clock: systemClock,
    send: async (arn, body) => {
      sent.push([arn, body])
    },
  })
  service.ensureGroup(group)
  service.start()
  const server = createServer(schedulerHandler(service, (action) => asked.push(action))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    config: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    sent,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await service.close()
    },
  }
}
