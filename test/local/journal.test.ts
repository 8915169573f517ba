// What outlives the process: restarts, kill -9, unfinished and damaged journals.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { Misconfigured } from '../../lib/core/errors.ts'
import { FileJournal } from '../../lib/local/journal.ts'
import type { JournalEntry } from '../../lib/local/sqs-queues.ts'
import { SqsService } from '../../lib/local/sqs-service.ts'
import { bodiesOf, newFolder, openByHand, urlOf } from './sqs-setting.ts'

const journalOf = (folder: string): string => {
  const [name = '', ...more] = readdirSync(folder)
  if (more.length > 0) throw new Error(`one file expected in ${folder}, got ${[name, ...more].join()}`)
  return join(folder, name)
}

describe('a restart', () => {
  test('keeps queues with their attributes, tags and dead-letter queues, and forgets deleted ones', async () => {
    const folder = newFolder()
    const before = openByHand(folder)
    const policy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 3 })
    await before.create('dead')
    await before.create('orders', { VisibilityTimeout: '7', RedrivePolicy: policy })
    await before.create('gone')
    await before.act('TagQueue', { QueueUrl: urlOf('orders'), Tags: { team: 'blue' } })
    await before.act('SetQueueAttributes', { QueueUrl: urlOf('orders'), Attributes: { DelaySeconds: '1' } })
    await before.act('DeleteQueue', { QueueUrl: urlOf('gone') })
    await before.service.close()
    const after = openByHand(folder)
    expect(await after.act('ListQueues', {})).toEqual({ QueueUrls: [urlOf('dead'), urlOf('orders')] })
    expect(await after.act('ListQueueTags', { QueueUrl: urlOf('orders') })).toEqual({ Tags: { team: 'blue' } })
    expect(await after.act('ListDeadLetterSourceQueues', { QueueUrl: urlOf('dead') })).toEqual({ queueUrls: [urlOf('orders')] })
    const AttributeNames = ['VisibilityTimeout', 'DelaySeconds', 'RedrivePolicy']
    expect(await after.act('GetQueueAttributes', { QueueUrl: urlOf('orders'), AttributeNames })).toEqual({
      Attributes: { VisibilityTimeout: '7', DelaySeconds: '1', RedrivePolicy: policy },
    })
  })

  test('keeps messages, forgets deleted ones, shows what was in flight and keeps hidden what was backed off', async () => {
    const folder = newFolder()
    const before = openByHand(folder)
    await before.create('orders')
    for (const body of ['deleted', 'backed off', 'in flight', 'waiting']) await before.send('orders', body)
    const { Messages: [one, two] = [] } = await before.receive('orders', { MaxNumberOfMessages: 3 })
    await before.act('DeleteMessage', { QueueUrl: urlOf('orders'), ReceiptHandle: one?.ReceiptHandle })
    await before.act('ChangeMessageVisibility', {
      QueueUrl: urlOf('orders'),
      ReceiptHandle: two?.ReceiptHandle,
      VisibilityTimeout: 60,
    })
    await before.service.close()
    const after = openByHand(folder)
    expect(bodiesOf(await after.receive('orders', { VisibilityTimeout: 600 }))).toEqual(['in flight', 'waiting'])
    await after.turn(60_000)
    expect(bodiesOf(await after.receive('orders'))).toEqual(['backed off'])
  })

  test('remembers deduplication ids of messages long deleted', async () => {
    const folder = newFolder()
    const before = openByHand(folder)
    await before.create('orders.fifo', { FifoQueue: 'true' })
    const ids = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
    const { MessageId } = await before.send('orders.fifo', 'a', ids)
    const { Messages: [first] = [] } = await before.receive('orders.fifo')
    await before.act('DeleteMessage', { QueueUrl: urlOf('orders.fifo'), ReceiptHandle: first?.ReceiptHandle })
    await before.service.close()
    const after = openByHand(folder)
    expect((await after.send('orders.fifo', 'a', ids)).MessageId).toBe(MessageId)
    expect(bodiesOf(await after.receive('orders.fifo'))).toEqual([])
  })

  test('keeps a dead letter in its new queue only', async () => {
    const folder = newFolder()
    const before = openByHand(folder)
    await before.create('dead')
    await before.create('orders', {
      RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}',
    })
    await before.send('orders', 'poison')
    await before.receive('orders', { VisibilityTimeout: 0 })
    await before.receive('orders')
    await before.service.close()
    const after = openByHand(folder)
    expect(after.service.counts('orders').visible).toBe(0)
    expect(bodiesOf(await after.receive('dead'))).toEqual(['poison'])
  })
})

describe('kill -9', () => {
  const child = fileURLToPath(new URL('./sqs-sender.ts', import.meta.url))
  const killedAfter = async (lines: number, folder: string): Promise<string[]> => {
    const notes = join(newFolder(), 'notes')
    writeFileSync(notes, '')
    const written = (): string[] => readFileSync(notes, 'utf8').split('\n').slice(0, -1)
    const sender = spawn(process.execPath, [child, folder, notes], { stdio: ['ignore', 'ignore', 'inherit'] })
    const died = once(sender, 'exit')
    while (written().length < lines && sender.exitCode === null) await setImmediate()
    sender.kill('SIGKILL')
    expect((await died)[1]).toBe('SIGKILL')
    return written()
  }

  test.each([1, 200, 3000])('loses nothing of what was acknowledged, killed after %i lines', async (lines) => {
    const folder = newFolder()
    const seen = await killedAfter(lines, folder)
    const said = (word: string): string[] =>
      seen.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
    const [deleting, deleted] = [new Set(said('deleting')), new Set(said('deleted'))]
    const service = SqsService.open(folder)
    const found: string[] = []
    for (let batch = service.receive('orders', 10); batch.length > 0; batch = service.receive('orders', 10))
      found.push(...batch.map(({ body }) => body))
    await service.close()
    expect(said('sent').filter((body) => !deleting.has(body) && !found.includes(body))).toEqual([])
    expect(found.filter((body) => deleted.has(body))).toEqual([])
    expect(new Set(found).size).toBe(found.length)
  })
})

describe('the journal', () => {
  const written = async (): Promise<string> => {
    const folder = newFolder()
    const { create, send, service } = openByHand(folder)
    await create('orders')
    for (const body of ['a', 'b', 'c']) await send('orders', body)
    await service.close()
    return folder
  }

  test('goes on behind an unfinished last line', async () => {
    const folder = await written()
    const path = journalOf(folder)
    writeFileSync(path, readFileSync(path).subarray(0, -20))
    const again = openByHand(folder)
    await again.send('orders', 'd')
    await again.service.close()
    expect(bodiesOf(await openByHand(folder).receive('orders'))).toEqual(['a', 'b', 'd'])
  })

  test.each([
    ['a changed byte', (bytes: Buffer) => bytes.fill(0x5a, 120, 121)],
    ['a missing stretch', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 40), bytes.subarray(90)])],
    ['a line that is none', (bytes: Buffer) => Buffer.concat([Buffer.from('hello\n'), bytes])],
  ])('with %s is refused by name', async (_what, damage) => {
    const folder = await written()
    const path = journalOf(folder)
    writeFileSync(path, damage(readFileSync(path)))
    expect(() => SqsService.open(folder)).toThrow(Misconfigured)
    expect(() => SqsService.open(folder)).toThrow(/^corrupt-journal: .*sqs-000001\.journal is damaged in line 1/)
  })

  test('is rewritten when it has grown, and what is appended later follows the rewrite', async () => {
    const folder = newFolder()
    const state = new Map<string, JournalEntry>()
    const apply = (entry: JournalEntry): void => {
      if (entry.kind === 'deleted') state.set(entry.name, entry)
    }
    const open = () =>
      FileJournal.open<JournalEntry>(folder, { name: 'sqs', apply, present: () => state.values(), bytesMin: 10_000 })
    const journal = open()
    for (let n = 0; n < 3000; n += 1) {
      const entry: JournalEntry = { kind: 'deleted', name: `${n % 7}` }
      journal.append(entry)
      apply(entry)
      if (n % 10 === 0) await journal.settled()
    }
    await journal.settled()
    expect(readFileSync(journalOf(folder)).length).toBeLessThan(20_000)
    expect(journalOf(folder)).not.toMatch(/000001/)
    journal.append({ kind: 'deleted', name: 'last' })
    journal.close()
    state.clear()
    open().close()
    expect([...state.keys()].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', 'last'])
  })

  test('begins with the newest file, whatever a crash in a rewrite left beside it', async () => {
    const folder = await written()
    const older = newFolder()
    for (const name of ['sqs-000001.journal', 'sqs-000003.journal.tmp']) writeFileSync(join(older, name), 'not read')
    writeFileSync(join(older, 'sqs-000002.journal'), readFileSync(journalOf(folder)))
    const again = openByHand(older)
    expect(bodiesOf(await again.receive('orders'))).toEqual(['a', 'b', 'c'])
    expect(readdirSync(older)).toEqual(['sqs-000002.journal'])
  })

  test('refuses everything once it is closed', async () => {
    const journal = FileJournal.open<JournalEntry>(newFolder(), { name: 'sqs', apply: () => {}, present: () => [] })
    journal.close()
    await expect(journal.settled()).rejects.toThrow('closed')
    expect(() => journal.append({ kind: 'deleted', name: 'a' })).toThrow('closed')
  })
})

test('a folder that holds other files as well is left alone but for the journal', async () => {
  const folder = newFolder()
  appendFileSync(join(folder, 'note.txt'), 'mine')
  const { create, service } = openByHand(folder)
  await create('orders')
  await service.close()
  expect(readdirSync(folder)).toEqual(['note.txt', 'sqs-000001.journal'])
})
