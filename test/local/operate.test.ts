// What has failed for good is found, understood and mended, on the local cloud.
import { ListMessageMoveTasksCommand, SendMessageCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Rejected } from '../../lib/index.ts'
import { queueArn } from '../../lib/local/sqs-wire.ts'
import { Post, Till } from './fixtures/mend/contracts.ts'
import { type Mending, startMending, until } from './mending.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(60_000)

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

const nameOf = (instance: string, id: string) => ({ process: 'till', instance, id }) as const

describe('what has failed', () => {
  test('is listed with its reason, and shown with all that is known of it', async () => {
    const { park, failed, operator } = mending
    const id = await park('a', [1, 2])
    const listed = { process: 'till', instance: 'a', id, type: 'Enter', code: 'handler-failed', attempts: 1, round: 0 }
    expect(await failed({ process: 'till', instance: 'a' })).toEqual([
      {
        ...listed,
        reason: expect.stringContaining('13 is bad'),
        trace: id,
        at: expect.any(Number),
        parked: { stashed: 2 },
      },
    ])
    expect(await operator.show(nameOf('a', id))).toMatchObject({
      ...listed,
      open: true,
      stack: expect.stringContaining('fixtures/mend/app.ts'),
      envelope: { to: 'a', type: 'Enter', body: { n: 13, bad: true } },
      rounds: [{ round: 0, code: 'handler-failed' }],
    })
    expect(await operator.show(nameOf('a', 'other'))).toBeUndefined()
  })

  test('is chosen by process, code, type and time', async () => {
    const { park, failed, client } = mending
    await park('b')
    await client.send(Post, 'b').Enter({ n: 1, bad: true })
    await until(async () => (await failed({ process: 'post' })).length === 1)
    const instances = async (filter: Parameters<typeof failed>[0]) =>
      (await failed(filter)).map(({ process, instance }) => `${process}/${instance}`)
    expect(await instances({})).toEqual(expect.arrayContaining(['till/b', 'post/b']))
    expect(await instances({ process: 'post', code: 'handler-failed', type: 'Enter' })).toEqual(['post/b'])
    expect(await instances({ code: 'too-old' })).toEqual([])
    expect(await instances({ since: Date.now() + 1000 })).toEqual([])
    expect(await instances({ until: Date.now() - 3_600_000 })).toEqual([])
  })
})

describe('a redrive', () => {
  test('that fails again says so, and one with an edited body goes on in order; the original stays', async () => {
    const { park, operator, entered } = mending
    const id = await park('c', [1, 2])
    expect(await operator.redrive(nameOf('c', id))).toEqual({
      kind: 'failed-again',
      code: 'handler-failed',
      reason: expect.stringContaining('13 is bad'),
    })
    const resolution = { how: 'redriven', by: 'ann', why: 'a typo', round: 1, edited: expect.stringContaining('"n":14') }
    expect(await operator.redrive(nameOf('c', id), { body: { n: 14 }, by: 'ann', why: 'a typo' })).toMatchObject({
      kind: 'done',
      resolution,
    })
    await until(async () => (await entered('c')).length === 3)
    expect(await entered('c')).toEqual([14, 1, 2])
    expect(await operator.show(nameOf('c', id))).toMatchObject({
      open: false,
      envelope: { body: { n: 13, bad: true } },
      rounds: [
        { round: 0, resolution: { how: 'redriven' } },
        { round: 1, resolution },
      ],
    })
    const trail = await Array.fromAsync(operator.audit({ process: 'till', instance: 'c' }))
    expect(trail).toMatchObject([{ round: 0, how: 'redriven' }, resolution])
  })

  test('of what was dealt with, or never failed, is refused', async () => {
    const { park, operator } = mending
    const id = await park('d')
    await operator.discard(nameOf('d', id), { by: 'ann', why: 'a test' })
    await expect(operator.redrive(nameOf('d', id))).rejects.toThrow(/^resolved: .* was discarded by ann at /)
    await expect(operator.redrive(nameOf('d', 'other'))).rejects.toBeInstanceOf(Rejected)
  })

  test('of a message that was set aside has it tried behind what came before', async () => {
    const { client, operator, failed } = mending
    const { id } = await client.send(Post, 'e').Enter({ n: 1, bad: true })
    await client.send(Post, 'e').Enter({ n: 2 })
    await until(async () => (await failed({ process: 'post', instance: 'e' })).length === 1)
    const name = { process: 'post', instance: 'e', id } as const
    expect(await operator.redrive(name)).toMatchObject({ kind: 'failed-again' })
    expect(await operator.redrive(name, { body: { n: 3 } })).toMatchObject({ kind: 'done' })
    expect(await client.view(Post, 'e')).toEqual({ entered: [2, 3] })
  })

  test('of a message set aside on an instance that stands still waits behind that', async () => {
    const { client, operator, park, failed, entered } = mending
    const parkedOn = await park('f')
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: String(mending.cloud.routes.till?.mailbox),
        MessageBody: '{"to":"f","type":"Enter","id":"odd","body":{"n":"x"}}',
        MessageGroupId: 'f',
        MessageDeduplicationId: 'odd',
      }),
    )
    await client.send(Till, 'f').Enter({ n: 1 })
    await until(async () => (await failed({ process: 'till', instance: 'f' })).length === 2)
    expect(await operator.redrive(nameOf('f', 'odd'), { body: { n: 2 } })).toEqual({ kind: 'stashed', behind: parkedOn })
    expect(await operator.discard(nameOf('f', parkedOn))).toMatchObject({ kind: 'done', resolution: { how: 'discarded' } })
    await until(async () => (await entered('f')).length === 2)
    expect(await entered('f')).toEqual([1, 2])
  })
})

test('what never was a message can be discarded, and not be redriven', async () => {
  const { operator, failed } = mending
  const QueueUrl = String(mending.cloud.routes.till?.mailbox)
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', MessageGroupId: 'x', MessageDeduplicationId: 'x' }))
  await until(async () => (await failed({ process: 'till', code: 'malformed' })).length === 1)
  const [one] = await failed({ process: 'till', code: 'malformed' })
  const name = nameOf('~malformed', String(one?.id))
  expect(await operator.show(name)).toMatchObject({ message: 'hello', open: true })
  await expect(operator.redrive(name)).rejects.toThrow(/^no-message: .* send it anew/)
  expect(await operator.discard(name, { why: 'noise' })).toMatchObject({ kind: 'done', resolution: { why: 'noise' } })
  expect(await failed({ process: 'till', code: 'malformed' })).toEqual([])
})

describe('the console’s redrive', () => {
  const SourceArn = queueArn('us-east-1', 'mend-till-dlq.fifo')
  const toMailbox = { SourceArn, DestinationArn: queueArn('us-east-1', 'mend-till.fifo') }

  test('back to the source fails: no queue gave these messages up', async () => {
    await mending.park('g')
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))
    expect(Results).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }])
  })

  test('to the mailbox is a redrive, and does nothing to what was dealt with', async () => {
    const { park, operator } = mending
    const id = await park('h')
    const done = await park('i')
    await operator.redrive(nameOf('i', done), { body: { n: 1 } })
    await sqs.send(new StartMessageMoveTaskCommand(toMailbox))
    await until(async () => (await operator.show(nameOf('h', id)))?.round === 1)
    expect(await operator.show(nameOf('h', id))).toMatchObject({ open: true, rounds: [{ resolution: { how: 'redriven' } }, {}] })
    expect(await operator.show(nameOf('i', done))).toMatchObject({ open: false, rounds: [{}] })
    expect(await mending.entered('i')).toEqual([1])
  })

  test('brings back what SQS itself gave up as the message that it was', async () => {
    const MessageBody = '{"to":"j","type":"Enter","body":{"n":5}}'
    const QueueUrl = mending.cloud.routes.till?.deadLetter
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'j', MessageDeduplicationId: 'j' }))
    await sqs.send(new StartMessageMoveTaskCommand(toMailbox))
    await until(async () => (await mending.entered('j')).length === 1)
  })
})
