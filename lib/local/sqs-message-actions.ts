// The actions of the SQS API on messages.
import { batchEntriesMax, messageBytesMax, visibilitySecondsMax } from '../core/limits.ts'
import { messageBytes, SqsFault } from '../sim/queue-message.ts'
import { batchEntries, eachEntry, type Input, type Output, optionalWhole, queueName, text, texts, whole } from './sqs-input.ts'
import type { LocalQueue } from './sqs-queues.ts'
import type { SqsActions, SqsCall, SqsDesk } from './sqs-service.ts'
import { readSent, writeReceived, writeSent } from './sqs-wire.ts'

const waitSecondsMax = 20

const sendOne = ({ clock }: SqsDesk, { model }: LocalQueue, input: Input): Output => {
  const sent = readSent(input)
  return writeSent(sent, model.send(sent, clock.now()))
}

/** An entry that cannot be read counts nothing here: it is refused by itself. */
const bytesOf = (input: Input): number => {
  try {
    const { body, attributes } = readSent(input)
    return messageBytes(body, attributes)
  } catch (thrown) {
    if (thrown instanceof SqsFault) return 0
    throw thrown
  }
}

const sendBatch = (desk: SqsDesk, input: Input): Output => {
  const queue = desk.queues.get(queueName(input))
  const entries = batchEntries(input)
  // "the maximum total payload size (the sum of the individual lengths of all of the batched messages) are both 1 MiB 1,048,576
  // bytes."
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry.input), 0)
  if (bytes > messageBytesMax) {
    throw new SqsFault(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${messageBytesMax} bytes. You have sent ${bytes} bytes.`,
    )
  }
  return eachEntry(entries, (entry) => sendOne(desk, queue, entry))
}

const receiveMessages = async (desk: SqsDesk, input: Input, { region, signal }: SqsCall): Promise<Output> => {
  const { queues, clock } = desk
  const name = queueName(input)
  const queue = queues.get(name)
  const max = optionalWhole(input, 'MaxNumberOfMessages', 1, batchEntriesMax) ?? 1
  const visibilitySeconds = optionalWhole(input, 'VisibilityTimeout', 0, visibilitySecondsMax)
  const wait =
    optionalWhole(input, 'WaitTimeSeconds', 0, waitSecondsMax) ?? Number(queue.entry.attributes.ReceiveMessageWaitTimeSeconds)
  const wanted = {
    system: [...texts(input, 'AttributeNames'), ...texts(input, 'MessageSystemAttributeNames')],
    message: texts(input, 'MessageAttributeNames'),
    region,
  }
  const until = clock.now() + wait * 1000
  // "If a message is available, the call returns sooner than WaitTimeSeconds." Another consumer may have been faster: then it
  // waits on.
  for (;;) {
    // To a client that has gone away a message would be delivered in vain.
    if (signal?.aborted === true) return {}
    const messages = queues.get(name).model.receive(max, clock.now(), visibilitySeconds)
    if (messages.length > 0) return { Messages: messages.map((message) => writeReceived(message, wanted)) }
    // "If no messages are available and the wait time expires, the call does not return a message list."
    if (clock.now() >= until) return {}
    await queues.waitForMessages(name, until, signal)
  }
}

const malformed = (receipt: string): SqsFault =>
  new SqsFault('ReceiptHandleIsInvalid', `The input receipt handle "${receipt.slice(0, 100)}" is not a valid receipt handle.`)

const deleteOne = ({ clock }: SqsDesk, { model }: LocalQueue, input: Input): Output => {
  const receipt = text(input, 'ReceiptHandle')
  if (!model.knows(receipt)) throw malformed(receipt)
  if (model.remove(receipt, clock.now()) || !model.settings.fifo) return {}
  throw new SqsFault(
    'InvalidParameterValue',
    `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  )
}

const changeOne = ({ clock }: SqsDesk, { model }: LocalQueue, input: Input): Output => {
  const receipt = text(input, 'ReceiptHandle')
  switch (model.changeVisibility(receipt, whole(input, 'VisibilityTimeout', 0, visibilitySecondsMax), clock.now())) {
    case 'changed':
      return {}
    case 'unknown-receipt':
      throw malformed(receipt)
    case 'not-in-flight':
      throw new SqsFault('MessageNotInflight', 'The message referred to is not in flight.')
  }
}

export const messageActions: SqsActions = {
  SendMessage: (desk, input) => sendOne(desk, desk.queues.get(queueName(input)), input),
  SendMessageBatch: sendBatch,
  ReceiveMessage: receiveMessages,
  DeleteMessage: (desk, input) => deleteOne(desk, desk.queues.get(queueName(input)), input),
  DeleteMessageBatch: (desk, input) => {
    const queue = desk.queues.get(queueName(input))
    return eachEntry(batchEntries(input), (entry) => deleteOne(desk, queue, entry))
  },
  ChangeMessageVisibility: (desk, input) => changeOne(desk, desk.queues.get(queueName(input)), input),
  ChangeMessageVisibilityBatch: (desk, input) => {
    const queue = desk.queues.get(queueName(input))
    return eachEntry(batchEntries(input), (entry) => changeOne(desk, queue, entry))
  },
}
