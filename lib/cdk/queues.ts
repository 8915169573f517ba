// The queues of a process: encrypted, by TLS only, FIFO where order is kept.
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/** A name that ends in `.fifo` makes a FIFO queue. */
const addQueue = (scope: Construct, id: string, queueName: string, props: QueueProps): Queue =>
  new Queue(scope, id, {
    queueName,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    ...(queueName.endsWith('.fifo') && {
      fifo: true,
      contentBasedDeduplication: false,
      // High throughput: the limits hold per message group, an instance being one.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    }),
    ...props,
  })

export const addDeadLetterQueue = (scope: Construct, id: string, name: string): Queue =>
  addQueue(scope, id, name, { retentionPeriod: Duration.days(14) })

/** A queue that a function reads. */
export const addSourceQueue = (
  scope: Construct,
  id: string,
  name: string,
  { visibilitySeconds, deadLetter }: { readonly visibilitySeconds: number; readonly deadLetter: Queue },
): Queue =>
  addQueue(scope, id, name, {
    retentionPeriod: Duration.days(7),
    visibilityTimeout: Duration.seconds(visibilitySeconds),
    // The runtime counts attempts itself: throttles and neighbours in a batch burn receives too.
    deadLetterQueue: { queue: deadLetter, maxReceiveCount: 1000 },
  })
