// The service without a transport, on a clock turned by hand: waiting, move tasks, calls from the same process.
import { describe, expect, test } from '@jest/globals'
import { SqsService } from '../../lib/local/sqs-service.ts'
import { bodiesOf, call, newFolder, openByHand, urlOf } from './sqs-setting.ts'

const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`
const redrive = (deadLetter: string, maxReceiveCount = 1): object => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(deadLetter), maxReceiveCount }),
})

describe('long polling', () => {
  test('a receive that waits gets a message as soon as it is sent, and leaves no alarm behind', async () => {
    const { create, send, receive, alarms } = openByHand()
    await create('orders')
    const waiting = receive('orders', { WaitTimeSeconds: 20 })
    await send('orders', 'a')
    expect(bodiesOf(await waiting)).toEqual(['a'])
    expect(alarms.size).toBe(0)
  })

  test('without a message it returns no list when the time is over, and sleeps once until then', async () => {
    const { create, receive, turn, alarms } = openByHand()
    await create('orders')
    let answered: unknown
    void receive('orders', { WaitTimeSeconds: 20 }).then((output) => {
      answered = output
    })
    await turn(19_999)
    expect(answered).toBeUndefined()
    expect(alarms.size).toBe(1)
    await turn(1)
    expect(answered).toEqual({})
  })

  test('a delay or a visibility timeout that ends meanwhile ends the wait', async () => {
    const { create, send, receive, turn } = openByHand()
    await create('orders')
    await send('orders', 'delayed', { DelaySeconds: 5 })
    const first = receive('orders', { WaitTimeSeconds: 20, VisibilityTimeout: 3 })
    await turn(5000)
    expect(bodiesOf(await first)).toEqual(['delayed'])
    const second = receive('orders', { WaitTimeSeconds: 20 })
    await turn(3000)
    expect(bodiesOf(await second)).toEqual(['delayed'])
  })

  test('a delete that frees a FIFO group ends the wait for its next message', async () => {
    const { create, send, receive, act } = openByHand()
    await create('orders.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    for (const body of ['a', 'b']) await send('orders.fifo', body, { MessageGroupId: 'g' })
    const { Messages: [first] = [] } = await receive('orders.fifo', { MaxNumberOfMessages: 1 })
    const waiting = receive('orders.fifo', { WaitTimeSeconds: 20 })
    await act('DeleteMessage', { QueueUrl: urlOf('orders.fifo'), ReceiptHandle: first?.ReceiptHandle })
    expect(bodiesOf(await waiting)).toEqual(['b'])
  })

  test('of two that wait one gets the message and the other waits on', async () => {
    const { create, send, receive, turn } = openByHand()
    await create('orders')
    const waiting = [receive('orders', { WaitTimeSeconds: 10 }), receive('orders', { WaitTimeSeconds: 10 })]
    await send('orders', 'a')
    await turn(10_000)
    expect((await Promise.all(waiting)).map((output) => bodiesOf(output).length).sort()).toEqual([0, 1])
  })

  test('a client that goes away takes no message with it', async () => {
    const { create, send, receive, service } = openByHand()
    await create('orders')
    const gone = new AbortController()
    const input = { QueueUrl: urlOf('orders'), WaitTimeSeconds: 20 }
    const waiting = service.handle('ReceiveMessage', input, { ...call, signal: gone.signal })
    gone.abort()
    await send('orders', 'a')
    expect(await waiting).toEqual({})
    expect(bodiesOf(await receive('orders'))).toEqual(['a'])
  })

  test('the queue’s own wait holds where the call names none', async () => {
    const { create, receive, send } = openByHand()
    await create('orders', { ReceiveMessageWaitTimeSeconds: '20' })
    const waiting = receive('orders')
    await send('orders', 'a')
    expect(bodiesOf(await waiting)).toEqual(['a'])
  })

  test('a queue deleted meanwhile is told to whoever waits', async () => {
    const { create, receive, act } = openByHand()
    await create('orders')
    const waiting = receive('orders', { WaitTimeSeconds: 20 })
    await act('DeleteQueue', { QueueUrl: urlOf('orders') })
    await expect(waiting).rejects.toMatchObject({ code: 'QueueDoesNotExist' })
  })

  test('closing the service ends every wait', async () => {
    const { create, receive, service, alarms } = openByHand()
    await create('orders')
    const waits = [receive('orders', { WaitTimeSeconds: 20 }), service.waitForMessages('orders', 9_000_000)]
    await service.close()
    const [received, waited] = await Promise.allSettled(waits)
    expect(received).toMatchObject({ status: 'rejected', reason: { code: 'ServiceUnavailable' } })
    expect(waited?.status).toBe('fulfilled')
    expect(alarms.size).toBe(0)
  })
})

describe('from the same process', () => {
  test('messages are received, hidden and deleted without a request', async () => {
    const { service, send, turn } = openByHand()
    service.ensureQueue('orders', { VisibilityTimeout: '30' })
    await send('orders', 'a')
    const [first] = service.receive('orders', 10)
    expect(service.changeVisibility('orders', first?.receipt ?? '', 5)).toBe('changed')
    await turn(5000)
    const [second] = service.receive('orders', 10, 60)
    expect(second).toMatchObject({ body: 'a', receiveCount: 2 })
    expect(service.delete('orders', second?.receipt ?? '')).toBe(true)
    expect(service.counts('orders')).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  test('a wait for messages ends when one is there, or at its time', async () => {
    const { service, send, turn } = openByHand()
    service.ensureQueue('orders')
    let ended = 0
    const wait = (untilMs: number): void => void service.waitForMessages('orders', untilMs).then(() => (ended += 1))
    wait(1_000_000 + 500)
    await turn(499)
    expect(ended).toBe(0)
    await turn(1)
    expect(ended).toBe(1)
    wait(9_000_000)
    await send('orders', 'a')
    await turn(0)
    expect(ended).toBe(2)
  })

  test('a queue that is there gets the attributes of the definition and keeps its messages', async () => {
    const { service, send, receive, act } = openByHand()
    service.ensureQueue('orders.fifo', { FifoQueue: 'true', VisibilityTimeout: '30' })
    await send('orders.fifo', 'a', { MessageGroupId: 'g', MessageDeduplicationId: 'd' })
    service.ensureQueue('orders.fifo', { FifoQueue: 'true', VisibilityTimeout: '60' })
    expect(
      await act('GetQueueAttributes', { QueueUrl: urlOf('orders.fifo'), AttributeNames: ['VisibilityTimeout', 'FifoQueue'] }),
    ).toEqual({
      Attributes: { VisibilityTimeout: '60', FifoQueue: 'true' },
    })
    expect(bodiesOf(await receive('orders.fifo'))).toEqual(['a'])
  })
})

describe('move tasks', () => {
  const withDeadLetters = async () => {
    const hand = openByHand()
    await hand.create('dead')
    await hand.create('orders', redrive('dead'))
    await hand.create('elsewhere')
    const give = async (...bodies: string[]): Promise<void> => {
      for (const body of bodies) await hand.send('orders', body)
      await hand.receive('orders', { VisibilityTimeout: 0 })
      await hand.receive('orders')
    }
    const tasks = async () => {
      const { Results } = await hand.act('ListMessageMoveTasks', { SourceArn: arn('dead'), MaxResults: 10 })
      return Results as readonly { Status: string; TaskHandle?: string; ApproximateNumberOfMessagesMoved: number }[]
    }
    return { ...hand, give, tasks }
  }

  test('moves dead letters back to the queue that gave them up', async () => {
    const { give, act, receive, turn, tasks, service } = await withDeadLetters()
    await give('a', 'b')
    expect(service.counts('dead').visible).toBe(2)
    await act('StartMessageMoveTask', { SourceArn: arn('dead') })
    await turn(0)
    expect(await tasks()).toEqual([
      {
        Status: 'COMPLETED',
        SourceArn: arn('dead'),
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: 1_000_000,
      },
    ])
    expect(bodiesOf(await receive('orders'))).toEqual(['a', 'b'])
  })

  test('fails on a message that was sent to the dead-letter queue directly, unless it has a destination', async () => {
    const { send, act, receive, turn, tasks } = await withDeadLetters()
    await send('dead', 'direct')
    await act('StartMessageMoveTask', { SourceArn: arn('dead') })
    await turn(0)
    expect(await tasks()).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }])
    await act('StartMessageMoveTask', { SourceArn: arn('dead'), DestinationArn: arn('elsewhere') })
    await turn(0)
    expect(bodiesOf(await receive('elsewhere'))).toEqual(['direct'])
    expect((await tasks()).map(({ Status }) => Status)).toEqual(['COMPLETED', 'FAILED'])
  })

  test('keeps to its rate, runs alone, and stops when it is cancelled', async () => {
    const { give, act, turn, tasks, service } = await withDeadLetters()
    await give('a', 'b', 'c', 'd')
    const { TaskHandle } = await act('StartMessageMoveTask', { SourceArn: arn('dead'), MaxNumberOfMessagesPerSecond: 2 })
    await turn(600)
    expect(service.counts('orders').visible).toBe(2)
    await expect(act('StartMessageMoveTask', { SourceArn: arn('dead') })).rejects.toMatchObject({ code: 'UnsupportedOperation' })
    expect((await tasks())[0]).toMatchObject({ Status: 'RUNNING', TaskHandle })
    expect(await act('CancelMessageMoveTask', { TaskHandle })).toEqual({ ApproximateNumberOfMessagesMoved: 2 })
    await turn(5000)
    expect(service.counts('orders').visible).toBe(2)
    await expect(act('CancelMessageMoveTask', { TaskHandle })).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })

  test('fails when its queue or its destination is deleted, and loses nothing of what it had not moved', async () => {
    const { give, act, turn, tasks, service } = await withDeadLetters()
    await give('a', 'b', 'c')
    const slowly = { SourceArn: arn('dead'), DestinationArn: arn('elsewhere'), MaxNumberOfMessagesPerSecond: 1 }
    await act('StartMessageMoveTask', slowly)
    await act('DeleteQueue', { QueueUrl: urlOf('elsewhere') })
    await turn(5000)
    expect(service.counts('dead').visible).toBe(2)
    await act('StartMessageMoveTask', { SourceArn: arn('dead'), MaxNumberOfMessagesPerSecond: 1 })
    await act('DeleteQueue', { QueueUrl: urlOf('dead') })
    service.ensureQueue('dead')
    await turn(5000)
    expect((await tasks()).map(({ Status }) => Status)).toEqual(['FAILED', 'FAILED'])
    expect(service.counts('orders').visible).toBe(1)
  })

  test('is refused for a queue that is nobody’s dead-letter queue, and for one that is not there', async () => {
    const { act } = await withDeadLetters()
    const start = (SourceArn: string, DestinationArn?: string) =>
      act('StartMessageMoveTask', { SourceArn, ...(DestinationArn && { DestinationArn }) })
    await expect(start(arn('elsewhere'))).rejects.toMatchObject({ code: 'InvalidParameterValue' })
    await expect(start(arn('nowhere'))).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    await expect(start(arn('dead'), arn('nowhere'))).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  })
})

test('five thousand messages are sent, received and deleted within a second of processor time, the journal on', async () => {
  const service = SqsService.open(newFolder())
  service.ensureQueue('orders')
  const QueueUrl = urlOf('orders')
  const began = process.cpuUsage()
  for (let n = 0; n < 5000; n += 1) {
    await service.handle('SendMessage', { QueueUrl, MessageBody: `message ${n}` }, call)
    const { Messages } = await service.handle('ReceiveMessage', { QueueUrl }, call)
    const [{ ReceiptHandle }] = Messages as [{ ReceiptHandle: string }]
    await service.handle('DeleteMessage', { QueueUrl, ReceiptHandle }, call)
  }
  await service.close()
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(1000)
})
