import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SqsMailbox } from '../../lib/aws/mailbox.ts'
import { mailboxesOf, routeTo } from '../../lib/aws/routes.ts'
import { SqsClients } from '../../lib/aws/sqs-clients.ts'
import { type MailboxUnderTest, mailboxClaims } from '../contracts/mailbox.ts'
import { startSqs } from './sqs-server.ts'

mailboxClaims('SqsMailbox', async (): Promise<MailboxUnderTest> => {
  const queues = await startSqs()
  const sqs = new SQSClient(queues.config)
  const timerArn = 'arn:aws:sqs:us-east-1:000000000000:order-timer'
  const routes = {
    order: {
      mailbox: queues.create('order.fifo'),
      deadLetter: queues.create('order-dlq.fifo'),
      table: 'order',
      timer: { queue: queues.create('order-timer'), arn: timerArn, role: 'unused', group: 'unused' },
    },
    web: { mailbox: queues.create('web'), table: 'web' },
  }
  return {
    mailbox: new SqsMailbox({ sqs: new SqsClients(queues.config), routes, process: 'order' }),
    timerArn,
    receive: async ({ role, process }) => {
      const { deadLetter, timer, ...route } = routeTo(routes, process)
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: { mailbox: mailboxesOf(route)[0], deadLetter, timer: timer?.queue }[role],
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      )
      return Messages.map((message) => ({
        receipt: message.ReceiptHandle ?? '',
        body: message.Body ?? '',
        ...(message.Attributes?.MessageGroupId !== undefined && { group: message.Attributes.MessageGroupId }),
        ...(message.Attributes?.MessageDeduplicationId !== undefined && {
          deduplication: message.Attributes.MessageDeduplicationId,
        }),
        attributes: Object.fromEntries(
          Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue ?? '']),
        ),
      }))
    },
    close: async () => {
      sqs.destroy()
      await queues.close()
    },
  }
})
