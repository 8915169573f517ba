import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { startSqs, type TestQueues } from '../aws/sqs-server.ts'
import { gavotte } from './command.ts'

let queues: TestQueues
let sqs: SQSClient
beforeEach(async () => {
  queues = await startSqs()
  sqs = new SQSClient(queues.config)
})
afterEach(async () => {
  sqs.destroy()
  await queues.close()
})

test('gavotte queues lists each mailbox of the app with its messages and dead letters', async () => {
  const [order, dead] = ['shop-order.fifo', 'shop-order-dlq.fifo', 'shop-web', 'other-order.fifo'].map(queues.create)
  for (const QueueUrl of [order, order, order, dead]) {
    const id = { MessageGroupId: crypto.randomUUID(), MessageDeduplicationId: crypto.randomUUID() }
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', ...id }))
  }
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: order, MaxNumberOfMessages: 1 }))
  const args = ['queues', '--app', 'shop', '--endpoint', queues.config.endpoint]
  expect(await gavotte(args)).toEqual({
    code: 0,
    out: `QUEUE            VISIBLE  IN FLIGHT  DELAYED  DEAD LETTERS
shop-order.fifo        2          1        0             1
shop-web               0          0        0             -
`,
    err: '',
  })
  const { out } = await gavotte([...args, '--json'])
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { queue: 'shop-order.fifo', visible: 2, inFlight: 1, delayed: 0, deadLetters: 1 },
    { queue: 'shop-web', visible: 0, inFlight: 0, delayed: 0, deadLetters: null },
  ])
})

test('gavotte queues lists the timer queues with the timers that wait on them', async () => {
  const [timer, dead] = ['shop-order-timer', 'shop-order-timer-dlq', 'shop-order.fifo'].map(queues.create)
  await sqs.send(new SendMessageCommand({ QueueUrl: timer, MessageBody: '{}', DelaySeconds: 900 }))
  await sqs.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: '{}' }))
  const { out } = await gavotte(['queues', '--app', 'shop', '--endpoint', queues.config.endpoint])
  expect(out).toBe(`QUEUE             VISIBLE  IN FLIGHT  DELAYED  DEAD LETTERS
shop-order-timer        0          0        1             1
shop-order.fifo         0          0        0             -
`)
})

test('gavotte queues says what to do where the app has none', async () => {
  const { code, err } = await gavotte(['queues', '--app', 'none', '--endpoint', queues.config.endpoint])
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^gavotte: no queues of app "none" at http:.*: deploy it, or check/),
  })
})
