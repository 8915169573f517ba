// A process that sends and deletes without end and writes down what it tries and what was acknowledged; a test kills it.
import { openSync, writeSync } from 'node:fs'
import { SqsService } from '../../lib/local/sqs-service.ts'
import { call, urlOf } from './sqs-setting.ts'

const [, , folder = '', notes = ''] = process.argv
// Written at once: what goes to stdout may still be on its way when the process dies.
const file = openSync(notes, 'a')
const note = (line: string): number => writeSync(file, `${line}\n`)

const service = SqsService.open(folder)
service.ensureQueue('orders')
const QueueUrl = urlOf('orders')

const send = async (from: number): Promise<void> => {
  for (let n = from; ; n += 3) {
    await service.handle('SendMessage', { QueueUrl, MessageBody: `${n}` }, call)
    note(`sent ${n}`)
    if (n % 4 !== 0) continue
    const { Messages } = await service.handle('ReceiveMessage', { QueueUrl }, call)
    for (const { Body, ReceiptHandle } of Messages as readonly { Body: string; ReceiptHandle: string }[]) {
      note(`deleting ${Body}`)
      await service.handle('DeleteMessage', { QueueUrl, ReceiptHandle }, call)
      note(`deleted ${Body}`)
    }
  }
}
await Promise.all([send(0), send(1), send(2)])
