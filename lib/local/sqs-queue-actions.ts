// The actions of the SQS API on queues, tags and move tasks.
import { invalid, SqsFault } from '../sim/queue-message.ts'
import { checkAttributes, isAttributeName, type QueueAttributes, withDefaults } from './sqs-attributes.ts'
import { type Input, nameInArn, type Output, optionalText, optionalWhole, queueName, text, textMap, texts } from './sqs-input.ts'
import type { MoveTask } from './sqs-moves.ts'
import type { LocalQueue } from './sqs-queues.ts'
import type { SqsActions, SqsDesk } from './sqs-service.ts'
import { queueArn, queueUrl } from './sqs-wire.ts'

/** One page of names in order, and the token of the next. */
const page = (names: readonly string[], input: Input): { readonly names: readonly string[]; readonly next: Output } => {
  const size = optionalWhole(input, 'MaxResults', 1, 1000) ?? 1000
  const token = optionalText(input, 'NextToken')
  const after = token === undefined ? '' : Buffer.from(token, 'base64').toString()
  const rest = names.filter((name) => name > after)
  const last = rest[size - 1]
  const more = rest.length > size && last !== undefined
  // "If you do not set MaxResults, the response includes a maximum of 1,000 results": without a token.
  return {
    names: rest.slice(0, size),
    next: more && input.MaxResults !== undefined ? { NextToken: Buffer.from(last).toString('base64') } : {},
  }
}

// Not kept: "If you delete a queue, you must wait at least 60 seconds before creating a queue with the same name", and the same
// pause between two purges: on one machine there is nothing to wait for.
const createQueue = ({ queues }: SqsDesk, input: Input, { origin }: { readonly origin: string }): Output => {
  const name = text(input, 'QueueName')
  const attributes = textMap(input, 'Attributes')
  const tags = textMap(input, 'tags')
  const fifo = name.endsWith('.fifo')
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(fifo ? name.slice(0, -5) : name) || name.length > 80) {
    throw invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length')
  }
  if (fifo !== (attributes.FifoQueue === 'true')) {
    throw invalid(
      fifo
        ? 'A queue whose name ends with .fifo must have FifoQueue true.'
        : 'The name of a queue with FifoQueue must end with the .fifo suffix.',
    )
  }
  checkAttributes(attributes, fifo)
  const known = queues.find(name)
  // "If you specify the name of an existing queue and provide the exact same names and values for all its attributes, the
  // CreateQueue action will return the URL of the existing queue instead of creating a new one."
  const different = Object.entries(attributes).find(
    ([key, value]) => known !== undefined && known.entry.attributes[key] !== value,
  )
  if (different !== undefined) {
    throw new SqsFault(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${different[0]}`,
    )
  }
  if (known === undefined) queues.create(name, withDefaults(attributes, fifo), tags)
  return { QueueUrl: queueUrl(origin, name) }
}

const measured = ({ clock }: SqsDesk, { entry, model }: LocalQueue, region: string): QueueAttributes => {
  const { visible, inFlight, delayed } = model.counts(clock.now())
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(entry.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(entry.modifiedAt / 1000)),
    QueueArn: queueArn(region, entry.name),
  }
}

const getQueueAttributes = (desk: SqsDesk, input: Input, { region }: { readonly region: string }): Output => {
  const queue = desk.queues.get(queueName(input))
  const names = texts(input, 'AttributeNames')
  const all: QueueAttributes = { ...queue.entry.attributes, ...measured(desk, queue, region) }
  const unknown = names.find((name) => name !== 'All' && !isAttributeName(name) && !(name in all))
  if (unknown !== undefined) throw new SqsFault('InvalidAttributeName', `Unknown Attribute ${unknown}.`)
  const chosen = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name))
  return chosen.length === 0 ? {} : { Attributes: Object.fromEntries(chosen) }
}

const setQueueAttributes = ({ queues }: SqsDesk, input: Input): Output => {
  const queue = queues.get(queueName(input))
  const attributes = textMap(input, 'Attributes')
  // "You can't change the queue type after you create it".
  if ('FifoQueue' in attributes) throw new SqsFault('InvalidAttributeName', 'Unknown Attribute FifoQueue.')
  checkAttributes(attributes, queue.model.settings.fifo)
  queues.change(queue, attributes)
  return {}
}

const queueOfArn = ({ queues }: SqsDesk, input: Input, parameter: string): LocalQueue => {
  const queue = queues.find(nameInArn(text(input, parameter)) ?? '')
  if (queue !== undefined) return queue
  throw new SqsFault('ResourceNotFoundException', `The resource that you specified for the ${parameter} parameter doesn't exist.`)
}

const startMove = (desk: SqsDesk, input: Input): Output => {
  const destinationArn = optionalText(input, 'DestinationArn')
  const perSecond = optionalWhole(input, 'MaxNumberOfMessagesPerSecond', 1, 500)
  const { handle } = desk.moves.start({
    source: queueOfArn(desk, input, 'SourceArn'),
    sourceArn: text(input, 'SourceArn'),
    ...(destinationArn !== undefined && { destination: queueOfArn(desk, input, 'DestinationArn'), destinationArn }),
    ...(perSecond !== undefined && { perSecond }),
  })
  return { TaskHandle: handle }
}

const showMove = (task: MoveTask): Output => ({
  // "it is only populated for tasks that are in RUNNING status."
  ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
  Status: task.status,
  SourceArn: task.sourceArn,
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  StartedTimestamp: task.startedAt,
  ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
  ...(task.perSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.perSecond }),
  ...(task.failure !== undefined && { FailureReason: task.failure }),
})

export const queueActions: SqsActions = {
  CreateQueue: createQueue,
  GetQueueUrl: ({ queues }, input, { origin }) => ({
    QueueUrl: queueUrl(origin, queues.get(text(input, 'QueueName')).entry.name),
  }),
  ListQueues: ({ queues }, input, { origin }) => {
    const prefix = optionalText(input, 'QueueNamePrefix') ?? ''
    const { names, next } = page(
      queues.all().flatMap(({ entry }) => (entry.name.startsWith(prefix) ? [entry.name] : [])),
      input,
    )
    return names.length === 0 ? {} : { QueueUrls: names.map((name) => queueUrl(origin, name)), ...next }
  },
  ListDeadLetterSourceQueues: ({ queues }, input, { origin }) => {
    const sources = queues.sourcesOf(queues.get(queueName(input)).entry.name)
    const { names, next } = page(
      sources.map(({ entry }) => entry.name),
      input,
    )
    return { queueUrls: names.map((name) => queueUrl(origin, name)), ...next }
  },
  GetQueueAttributes: getQueueAttributes,
  SetQueueAttributes: setQueueAttributes,
  DeleteQueue: ({ queues }, input) => {
    queues.delete(queues.get(queueName(input)))
    return {}
  },
  PurgeQueue: ({ queues, clock }, input) => {
    queues.get(queueName(input)).model.purge(clock.now())
    return {}
  },
  TagQueue: ({ queues }, input) => {
    const queue = queues.get(queueName(input))
    queues.tag(queue, { ...queue.entry.tags, ...textMap(input, 'Tags') })
    return {}
  },
  UntagQueue: ({ queues }, input) => {
    const queue = queues.get(queueName(input))
    const gone = texts(input, 'TagKeys')
    queues.tag(queue, Object.fromEntries(Object.entries(queue.entry.tags).filter(([key]) => !gone.includes(key))))
    return {}
  },
  ListQueueTags: ({ queues }, input) => {
    const { tags } = queues.get(queueName(input)).entry
    return Object.keys(tags).length === 0 ? {} : { Tags: tags }
  },
  StartMessageMoveTask: startMove,
  ListMessageMoveTasks: (desk, input) => {
    const tasks = desk.moves.of(queueOfArn(desk, input, 'SourceArn').entry.name)
    return { Results: tasks.slice(0, optionalWhole(input, 'MaxResults', 1, 10) ?? 1).map(showMove) }
  },
  CancelMessageMoveTask: ({ moves }, input) => ({
    ApproximateNumberOfMessagesMoved: moves.cancel(text(input, 'TaskHandle')).moved,
  }),
}
