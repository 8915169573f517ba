import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SqsMailbox } from '../../lib/aws/mailbox.ts'
import { mailboxesOf, routeTo } from '../../lib/aws/routes.ts'
import { SqsClients } from '../../lib/aws/sqs-clients.ts'
import { type MailboxUnderTest, mailboxClaims } from '../contracts/mailbox.ts'
import { startSqs } from './sqs-server.ts'

mailboxClaims('SqsMailbox', async (): Promise<MailboxUnderTest> => {
  const queues = await startSqs()
  const sqs = new SQSClient(queues.config)
  const routes = {
    order: { mailbox: queues.create('order.fifo'), deadLetter: queues.create('order-dlq.fifo'), table: 'order' },
    web: { mailbox: queues.create('web'), table: 'web' },
  }
  return {
    mailbox: new SqsMailbox({ sqs: new SqsClients(queues.config), routes, process: 'order' }),
    receive: async ({ role, process }) => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: role === 'mailbox' ? mailboxesOf(routeTo(routes, process))[0] : routeTo(routes, process).deadLetter,
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
