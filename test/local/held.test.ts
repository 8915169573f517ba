// A queue is deleted, what its sender could not send is found and redriven once it is there again: on the local cloud, by the adapters.
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { Rejected } from '../../lib/index.ts'
import { Post, Till } from './fixtures/mend/contracts.ts'
import { type Mending, startMending, until } from './mending.ts'

jest.setTimeout(120_000)

let mending: Mending
let sqs: SQSClient
beforeAll(async () => {
  mending = await startMending()
  sqs = new SQSClient(mending.sdk)
})
afterAll(async () => {
  sqs.destroy()
  await mending.close()
})

test('what a process could not send to a queue that was deleted is listed, and sent as it was once it is redriven', async () => {
  const { cloud, client, operator, failed, entered } = mending
  const QueueUrl = String(cloud.routes.post?.mailbox)
  await sqs.send(new DeleteQueueCommand({ QueueUrl }))
  await client.send(Till, 'a').Post({ n: 1 })
  await client.send(Till, 'a').Enter({ n: 2 })
  await until(async () => (await failed({ process: 'till', instance: 'a' }))[0]?.parked?.stashed === 1)
  const [one] = await failed({ process: 'till', instance: 'a' })
  expect(one).toMatchObject({ code: 'not-sent', type: 'Enter', attempts: 1, reason: expect.stringContaining('post/a') })
  expect(one?.id).toMatch(/^till\/a\/\d+\/0@post\/a$/)
  const name = { process: 'till', instance: 'a', id: one?.id ?? '' } as const
  await expect(operator.redrive(name, { body: { n: 3 } })).rejects.toBeInstanceOf(Rejected)
  expect(await operator.redrive(name)).toMatchObject({ kind: 'failed-again', code: 'not-sent' })
  expect(await entered('a')).toEqual([])

  await sqs.send(new CreateQueueCommand({ QueueName: QueueUrl.split('/').at(-1), Attributes: { FifoQueue: 'true' } }))
  expect(await operator.redrive(name, { by: 'ann' })).toMatchObject({ kind: 'done', resolution: { how: 'redriven', by: 'ann' } })
  await until(async () => (await entered('a')).length === 1)
  await until(async () => (await client.view(Post, 'a', { consistent: true }))?.entered.join() === '1')
  expect(await failed({ process: 'till' })).toEqual([])
})
