// A process that sends and deletes without end and says what it tries and what was acknowledged; a test kills it.
import { SqsService } from '../../lib/local/sqs-service.ts'
import { call, urlOf } from './sqs-setting.ts'

const service = SqsService.open(process.argv[2])
service.ensureQueue('orders')
const QueueUrl = urlOf('orders')

const send = async (from: number): Promise<void> => {
  for (let n = from; ; n += 3) {
    await service.handle('SendMessage', { QueueUrl, MessageBody: `${n}` }, call)
    process.stdout.write(`sent ${n}\n`)
    if (n % 4 !== 0) continue
    const { Messages } = await service.handle('ReceiveMessage', { QueueUrl }, call)
    for (const { Body, ReceiptHandle } of Messages as readonly { Body: string; ReceiptHandle: string }[]) {
      process.stdout.write(`deleting ${Body}\n`)
      await service.handle('DeleteMessage', { QueueUrl, ReceiptHandle }, call)
      process.stdout.write(`deleted ${Body}\n`)
    }
  }
}
await Promise.all([send(0), send(1), send(2)])
