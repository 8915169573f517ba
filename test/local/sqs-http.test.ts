// The server as an AWS SDK sees it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { sqsHandler } from '../../lib/local/sqs-http.ts'
import { SqsService } from '../../lib/local/sqs-service.ts'

const service = SqsService.open(undefined)
const server = createServer(sqsHandler(service))
let origin = ''
let sqs: SQSClient
let made = 0
let QueueUrl = ''
let fifoUrl = ''

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  sqs = new SQSClient({ endpoint: origin, region: 'eu-west-1', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  sqs.destroy()
  server.close()
  await service.close()
})
beforeEach(async () => {
  made += 1
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: `queue-${made}` }))).QueueUrl ?? ''
  const Attributes = { FifoQueue: 'true' }
  fifoUrl = (await sqs.send(new CreateQueueCommand({ QueueName: `queue-${made}.fifo`, Attributes }))).QueueUrl ?? ''
})

const receiveOne = async (url = QueueUrl) => {
  const { Messages: [message] = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ['All'] }),
  )
  return message
}

describe('messages', () => {
  test('come back as they were sent, with attributes, and pass the SDK’s check of their digest', async () => {
    const MessageAttributes = {
      colour: { DataType: 'String', StringValue: 'grün' },
      'size.cm': { DataType: 'Number.int', StringValue: '12' },
      bytes: { DataType: 'Binary.raw', BinaryValue: Uint8Array.of(0, 255, 10) },
    }
    const MessageBody = '{"text":"ä€😀\\n"}'
    const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }))
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }),
    )
    expect(message).toMatchObject({ Body: MessageBody, MessageAttributes, MD5OfMessageAttributes: sent.MD5OfMessageAttributes })
    expect(message?.Attributes).toEqual({
      SenderId: '000000000000',
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    })
  })

  test('bring the attributes asked for and no others', async () => {
    const MessageAttributes = Object.fromEntries(
      ['a.one', 'a.two', 'b'].map((name) => [name, { DataType: 'String', StringValue: name }]),
    )
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }))
    const names = async (MessageAttributeNames: string[]): Promise<string[]> => {
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames, VisibilityTimeout: 0 }),
      )
      return Object.keys(message?.MessageAttributes ?? {})
    }
    expect(await names([])).toEqual([])
    expect(await names(['b', 'none'])).toEqual(['b'])
    expect(await names(['a.*'])).toEqual(['a.one', 'a.two'])
    expect(await names(['.*'])).toEqual(['a.one', 'a.two', 'b'])
  })

  test('on a FIFO queue carry group, deduplication id and sequence number', async () => {
    const sent = await sqs.send(
      new SendMessageCommand({ QueueUrl: fifoUrl, MessageBody: 'a', MessageGroupId: 'g', MessageDeduplicationId: 'd' }),
    )
    expect((await receiveOne(fifoUrl))?.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      SequenceNumber: sent.SequenceNumber,
    })
  })

  test('carry a trace header, whose digest the answer has', async () => {
    const AWSTraceHeader = { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' }
    const sent = await sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'a', MessageSystemAttributes: { AWSTraceHeader } }),
    )
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/)
    expect((await receiveOne())?.Attributes?.AWSTraceHeader).toBe(AWSTraceHeader.StringValue)
  })

  test('a batch reports each entry, and one that is refused harms no other', async () => {
    const entry = (Id: string, MessageGroupId?: string) => ({
      Id,
      MessageBody: Id,
      MessageDeduplicationId: Id,
      ...(MessageGroupId && { MessageGroupId }),
    })
    const { Successful = [], Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: fifoUrl, Entries: [entry('one', 'g'), entry('two'), entry('three', 'g')] }),
    )
    expect(Successful.map(({ Id }) => Id)).toEqual(['one', 'three'])
    expect(Failed).toEqual([
      { Id: 'two', SenderFault: true, Code: 'MissingParameter', Message: expect.stringContaining('MessageGroupId') },
    ])
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: fifoUrl, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body }) => Body)).toEqual(['one', 'three'])
    const handles = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }))
    const changed = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: fifoUrl,
        Entries: [
          ...handles.map((handle) => ({ ...handle, VisibilityTimeout: 60 })),
          { Id: 'x', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
        ],
      }),
    )
    expect(changed.Successful).toEqual([{ Id: '0' }, { Id: '1' }])
    expect(changed.Failed).toMatchObject([{ Id: 'x', Code: 'ReceiptHandleIsInvalid' }])
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: fifoUrl, Entries: handles }))
    expect(deleted.Successful).toEqual([{ Id: '0' }, { Id: '1' }])
  })

  test('a batch entry with a bad attribute is refused by itself', async () => {
    const Entries = [
      { Id: 'good', MessageBody: 'a' },
      { Id: 'bad', MessageBody: 'b', MessageAttributes: { x: { DataType: 'Text', StringValue: 'x' } } },
    ]
    const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    expect(Successful).toMatchObject([{ Id: 'good' }])
    expect(Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidParameterValue' }])
  })

  test('a message of 1 MiB goes through, in ten parts as well', async () => {
    const body = 'ä'.repeat(524_288)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }))
    expect((await receiveOne())?.Body).toBe(body)
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `${n}`, MessageBody: 'x'.repeat(104_857) }))
    expect((await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).Successful).toHaveLength(10)
  })

  test('a receive waits for a message that is sent meanwhile', async () => {
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late' }))
    expect((await waiting).Messages?.map(({ Body }) => Body)).toEqual(['late'])
  })

  test('a client that hangs up takes no message with it', async () => {
    const hangUp = new AbortController()
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: hangUp.signal })
    const ended = waiting.catch((thrown: Error) => thrown.name)
    await sqs.send(new ListQueuesCommand({}))
    hangUp.abort()
    expect(await ended).toBe('AbortError')
    // The server hears of it a little later than the client.
    while ((await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))) > 1)
      await sqs.send(new ListQueuesCommand({}))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
    expect((await receiveOne())?.Attributes?.ApproximateReceiveCount).toBe('1')
  })
})

describe('queues', () => {
  test('are created once: again with the same attributes gives the same URL, with others an error', async () => {
    const create = (Attributes: Record<string, string>) => sqs.send(new CreateQueueCommand({ QueueName: 'settings', Attributes }))
    const { QueueUrl: url } = await create({ VisibilityTimeout: '5' })
    expect(url).toBe(`${origin}/000000000000/settings`)
    expect((await create({ VisibilityTimeout: '5' })).QueueUrl).toBe(url)
    expect((await create({})).QueueUrl).toBe(url)
    await expect(create({ VisibilityTimeout: '6' })).rejects.toMatchObject({ name: 'QueueNameExists' })
  })

  test('have the defaults of SQS and the region of the caller', async () => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: fifoUrl, AttributeNames: ['All'] }))
    expect(Attributes).toEqual({
      QueueArn: `arn:aws:sqs:eu-west-1:000000000000:queue-${made}.fifo`,
      VisibilityTimeout: '30',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      DelaySeconds: '0',
      ReceiveMessageWaitTimeSeconds: '0',
      FifoQueue: 'true',
      ContentBasedDeduplication: 'false',
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
      CreatedTimestamp: expect.stringMatching(/^\d{10}$/),
      LastModifiedTimestamp: expect.stringMatching(/^\d{10}$/),
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
    })
  })

  test('count what is visible, in flight and delayed, and are purged', async () => {
    for (const DelaySeconds of [0, 0, 60]) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', DelaySeconds }))
    await receiveOne()
    const AttributeNames = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ] as const
    const counted = async () =>
      Object.values(
        (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }))).Attributes ?? {},
      )
    expect(await counted()).toEqual(['1', '1', '1'])
    await sqs.send(new PurgeQueueCommand({ QueueUrl }))
    expect(await counted()).toEqual(['0', '0', '0'])
  })

  test('take new attributes at once', async () => {
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '0', MaximumMessageSize: '1024' } }),
    )
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
    await receiveOne()
    expect((await receiveOne())?.Attributes?.ApproximateReceiveCount).toBe('2')
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1025) }))).rejects.toThrow(
      'shorter than 1024 bytes',
    )
  })

  test('are listed by prefix and page, found by name, tagged and deleted', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await sqs.send(new CreateQueueCommand({ QueueName: name }))
    const list = (NextToken?: string) =>
      sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'page-', MaxResults: 2, ...(NextToken && { NextToken }) }))
    const first = await list()
    expect(first.QueueUrls).toEqual([`${origin}/000000000000/page-1`, `${origin}/000000000000/page-2`])
    const second = await list(first.NextToken)
    expect(second).toMatchObject({ QueueUrls: [`${origin}/000000000000/page-3`] })
    expect(second.NextToken).toBeUndefined()
    const { QueueUrl: url } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'page-1' }))
    await sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { team: 'blue', stage: 'dev' } }))
    await sqs.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['stage'] }))
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags).toEqual({ team: 'blue' })
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }))
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'page-1' }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
  })
})

describe('errors have the names that SDKs know', () => {
  const named = (name: string) => expect.objectContaining({ name })
  const send = (input: object) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', ...input }))
  const batch = (Entries: { Id: string; MessageBody: string }[]) => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))

  test('of queues and parameters', async () => {
    await expect(send({ QueueUrl: `${origin}/000000000000/none` })).rejects.toEqual(named('QueueDoesNotExist'))
    await expect(send({ MessageBody: '' })).rejects.toEqual(named('MissingParameter'))
    await expect(send({ MessageBody: '\u0001' })).rejects.toEqual(named('InvalidMessageContents'))
    await expect(send({ DelaySeconds: 901 })).rejects.toEqual(named('InvalidParameterValue'))
    await expect(send({ MessageAttributes: { 'AWS.x': { DataType: 'String', StringValue: 'x' } } })).rejects.toEqual(
      named('InvalidParameterValue'),
    )
    await expect(send({ MessageAttributes: { x: { DataType: 'Text', StringValue: 'x' } } })).rejects.toEqual(
      named('InvalidParameterValue'),
    )
    await expect(send({ MessageAttributes: { x: { DataType: 'Number', StringValue: 'x' } } })).rejects.toEqual(
      named('InvalidParameterValue'),
    )
    const create = (QueueName: string, Attributes = {}) => sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
    await expect(create('a b')).rejects.toEqual(named('InvalidParameterValue'))
    await expect(create('a.fifo')).rejects.toEqual(named('InvalidParameterValue'))
    await expect(create('a', { Nonsense: '1' })).rejects.toEqual(named('InvalidAttributeName'))
    await expect(create('a', { VisibilityTimeout: '43201' })).rejects.toEqual(named('InvalidAttributeValue'))
    await expect(create('a', { RedrivePolicy: '{}' })).rejects.toEqual(named('InvalidAttributeValue'))
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:eu-west-1:000000000000:queue-${made}.fifo`,
      maxReceiveCount: 1,
    })
    await expect(create('a', { RedrivePolicy })).rejects.toThrow('same type')
  })

  test('of batches', async () => {
    const entries = (count: number, Id?: string) =>
      Array.from({ length: count }, (_, n) => ({ Id: Id ?? `${n}`, MessageBody: 'a' }))
    await expect(batch([])).rejects.toEqual(named('EmptyBatchRequest'))
    await expect(batch(entries(11))).rejects.toEqual(named('TooManyEntriesInBatchRequest'))
    await expect(batch(entries(2, 'same'))).rejects.toEqual(named('BatchEntryIdsNotDistinct'))
    await expect(batch(entries(1, 'a b'))).rejects.toEqual(named('InvalidBatchEntryId'))
    const long = Array.from({ length: 2 }, (_, n) => ({ Id: `${n}`, MessageBody: 'x'.repeat(524_289) }))
    await expect(batch(long)).rejects.toEqual(named('BatchRequestTooLong'))
  })

  test('of receipts', async () => {
    await expect(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'x' }))).rejects.toEqual(
      named('ReceiptHandleIsInvalid'),
    )
    await send({})
    const { ReceiptHandle } = (await receiveOne()) ?? {}
    const change = (VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
    await change(0)
    await expect(change(5)).rejects.toEqual(named('MessageNotInflight'))
    await sqs.send(
      new SendMessageCommand({ QueueUrl: fifoUrl, MessageBody: 'a', MessageGroupId: 'g', MessageDeduplicationId: 'd' }),
    )
    const { Messages: [expired] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: fifoUrl, VisibilityTimeout: 0 }))
    const late = sqs.send(new DeleteMessageCommand({ QueueUrl: fifoUrl, ReceiptHandle: expired?.ReceiptHandle }))
    await expect(late).rejects.toThrow('The receipt handle has expired')
  })

  test('of what is no request of SQS', async () => {
    const post = async (target: string, body: string) => {
      const response = await fetch(origin, { method: 'POST', headers: { 'x-amz-target': target }, body })
      return [response.status, response.headers.get('x-amzn-query-error'), ((await response.json()) as { __type: string }).__type]
    }
    expect(await post('AmazonSQS.Nonsense', '{}')).toEqual([
      400,
      'AWS.SimpleQueueService.UnsupportedOperation;Sender',
      'com.amazonaws.sqs#UnsupportedOperation',
    ])
    expect((await post('AmazonSQS.toString', '{}'))[0]).toBe(400)
    expect((await post('', 'Action=ListQueues'))[0]).toBe(400)
    expect(await post('AmazonSQS.ListQueues', 'Action=ListQueues')).toEqual([
      400,
      'SerializationException;Sender',
      'com.amazonaws.sqs#SerializationException',
    ])
    expect(await post('AmazonSQS.GetQueueUrl', '{"QueueName":"none"}')).toEqual([
      400,
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
      'com.amazonaws.sqs#QueueDoesNotExist',
    ])
  })
})
