import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { SqsMailbox } from '../../lib/aws/mailbox.ts'
import { SqsClients } from '../../lib/aws/sqs-clients.ts'
import { Misconfigured, Refused, Transient } from '../../lib/core/errors.ts'
import { FakeSqs } from './fake-sqs.ts'

let sqs: FakeSqs
let client: SqsClients
let mailbox: SqsMailbox
beforeEach(async () => {
  sqs = await new FakeSqs().open()
  client = new SqsClients({ ...sqs.config, maxAttempts: 1 })
  const routes = {
    order: {
      mailbox: sqs.urlOf('gavotte-order.fifo'),
      deadLetter: sqs.urlOf('gavotte-order-dlq.fifo'),
      table: 'gavotte-order',
      timer: { queue: sqs.urlOf('gavotte-order-timer'), arn: timerArn, role: 'role', group: 'group' },
    },
    web: { mailbox: sqs.urlOf('gavotte-web'), table: 'gavotte-web' },
  }
  mailbox = new SqsMailbox({ sqs: client, routes, process: 'order' })
})
afterEach(async () => {
  client.destroy()
  await sqs.close()
})

const timerArn = 'arn:aws:sqs:us-east-1:000000000000:gavotte-order-timer'
const order = { role: 'mailbox', process: 'order' } as const
const entry = (id: string) => ({ id, body: '{}', group: '42', deduplication: `d-${id}`, attributes: { reason: 'malformed' } })

test('a FIFO entry carries group, deduplication id and attributes', async () => {
  await mailbox.send(order, [entry('order/42/1/0')])
  expect(sqs.batches).toEqual([
    [
      {
        Id: '0',
        MessageBody: '{}',
        MessageGroupId: '42',
        MessageDeduplicationId: 'd-order/42/1/0',
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'malformed' } },
      },
    ],
  ])
})

test('a standard entry carries its group as the tenant, and no deduplication id', async () => {
  await mailbox.send({ role: 'mailbox', process: 'web' }, [entry('a')])
  expect(sqs.batches[0]?.[0]).toMatchObject({ MessageGroupId: '42' })
  expect(sqs.batches[0]?.[0]).not.toHaveProperty('MessageDeduplicationId')
})

test('a timer goes to the timer queue with its delay', async () => {
  await mailbox.send({ role: 'timer', process: 'order' }, [{ ...entry('a'), delaySeconds: 90 }])
  expect(sqs.asked[0]?.input.QueueUrl).toBe(sqs.urlOf('gavotte-order-timer'))
  expect(sqs.batches[0]?.[0]).toMatchObject({ MessageGroupId: '42', DelaySeconds: 90 })
  expect(sqs.batches[0]?.[0]).not.toHaveProperty('MessageDeduplicationId')
})

test('a process without a timer queue is told how to get one', async () => {
  const sending = mailbox.send({ role: 'timer', process: 'web' }, [entry('a')])
  await expect(sending).rejects.toThrow('no-queue: the route to "web" has no "timer": set `timers: true` in its `deploy`')
})

test('a delivery of the timer queue is hidden there', async () => {
  await mailbox.hide([{ receipt: 'r1', seconds: 7, source: timerArn }])
  expect(sqs.asked.at(-1)?.input.QueueUrl).toBe(sqs.urlOf('gavotte-order-timer'))
})

test('an entry that failed is named by its id with the reason of SQS', async () => {
  sqs.answer = () => ({ failed: { 1: { Code: 'InternalError', SenderFault: false } } })
  expect(await mailbox.send(order, [entry('a'), entry('b')])).toEqual(
    new Map([['b', { reason: 'InternalError: it failed', lasting: false }]]),
  )
})

test.each([
  ['InvalidMessageContents', true, true],
  ['InvalidParameterValue', true, true],
  ['AccessDenied', false, true],
  ['AWS.SimpleQueueService.NonExistentQueue', false, true],
  ['KMS.DisabledException', true, true],
  ['KmsInvalidState', true, false],
  ['RequestThrottled', true, false],
  ['OverLimit', true, false],
  ['ServiceUnavailable', false, false],
  ['InternalError', false, false],
])('an entry refused as %s (sender fault %s) lasts: %s', async (Code, SenderFault, lasting) => {
  sqs.answer = () => ({ failed: { 0: { Code, SenderFault } } })
  expect((await mailbox.send(order, [entry('a')])).get('a')).toMatchObject({ lasting })
})

test.each([
  [403, 'AccessDeniedException'],
  [400, 'KmsAccessDenied'],
  [400, 'KmsDisabled'],
  [400, 'QueueDoesNotExist'],
])('a batch refused with %i %s is Refused: it lasts until somebody has mended it', async (status, type) => {
  sqs.answer = () => ({ fault: { status, type } })
  await expect(mailbox.send(order, [entry('a')])).rejects.toBeInstanceOf(Refused)
})

test.each([
  [403, 'ExpiredTokenException'],
  [400, 'KmsInvalidState'],
  [400, 'InvalidBatchEntryId'],
])('a batch refused with %i %s is not: it may pass, or says nothing of the messages', async (status, type) => {
  sqs.answer = () => ({ fault: { status, type } })
  await expect(mailbox.send(order, [entry('a')])).rejects.not.toBeInstanceOf(Refused)
})

test('what nothing leads to is Refused', async () => {
  await expect(mailbox.send({ role: 'mailbox', process: 'nobody' }, [entry('a')])).rejects.toBeInstanceOf(Refused)
})

test('an entry that the answer does not name counts as failed', async () => {
  sqs.answer = () => ({ output: { Successful: [], Failed: [] } })
  expect([...(await mailbox.send(order, [entry('a')])).keys()]).toEqual(['a'])
})

test.each([
  [500, 'InternalFailure'],
  [503, 'ServiceUnavailable'],
  [400, 'ThrottlingException'],
  [403, 'RequestThrottled'],
])('%i %s is Transient', async (status, type) => {
  sqs.answer = () => ({ fault: { status, type } })
  await expect(mailbox.send(order, [entry('a')])).rejects.toBeInstanceOf(Transient)
})

test('an endpoint that is gone is Transient', async () => {
  await sqs.close()
  await expect(mailbox.send(order, [entry('a')])).rejects.toBeInstanceOf(Transient)
})

test.each([
  [403, 'AccessDeniedException', 'access-denied'],
  [400, 'QueueDoesNotExist', 'not-found'],
  [403, 'InvalidClientTokenId', 'no-credentials'],
])('%i %s says what to do', async (status, type, code) => {
  sqs.answer = () => ({ fault: { status, type } })
  const sending = mailbox.send(order, [entry('a')])
  await expect(sending).rejects.toBeInstanceOf(Misconfigured)
  await expect(sending).rejects.toMatchObject({ code, cause: { name: type } })
})

test('hiding asks for whole seconds within what SQS allows, and swallows failures', async () => {
  sqs.answer = () => ({ fault: { status: 500, type: 'InternalFailure' } })
  await mailbox.hide([
    { receipt: 'r1', seconds: 1.4 },
    { receipt: 'r2', seconds: 100_000 },
  ])
  expect(sqs.asked.at(-1)).toEqual({
    operation: 'ChangeMessageVisibilityBatch',
    input: {
      QueueUrl: sqs.urlOf('gavotte-order.fifo'),
      Entries: [
        { Id: '0', ReceiptHandle: 'r1', VisibilityTimeout: 1 },
        { Id: '1', ReceiptHandle: 'r2', VisibilityTimeout: 43_200 },
      ],
    },
  })
})
