// Where an emulator does not do what AWS documents, by the claim that fails there for it. The project keeps to AWS's word.

export interface Difference {
  readonly emulator: 'localstack' | 'ministack' | 'elasticmq'
  /** Full name of the test that fails. */
  readonly claim: string
  /** AWS's sentence, and where it stands. */
  readonly aws: string
  readonly does: string
}

export const differences: readonly Difference[] = [
  {
    emulator: 'localstack',
    claim: 'the reference app on LocalStack keeps its tables when it is destroyed, as their deletion policy says',
    aws: '"RetainExceptOnCreate behaves like Retain for stack operations, except for the stack operation that initially created the resource." (CloudFormation, DeletionPolicy attribute)',
    does: 'keeps what has the policy Retain and deletes what has RetainExceptOnCreate (2026.3.0)',
  },
  {
    emulator: 'localstack',
    claim: 'EventBridgeScheduler as a scheduler sends the body of one that is due, or was before it was made, and forgets it',
    aws: '"A one-time schedule is a schedule that invokes a target only once." (EventBridge Scheduler, Schedule types)',
    does: 'keeps schedules and never fires them (2026.3.0)',
  },
  {
    emulator: 'localstack',
    claim: 'the shop behind its function URL on LocalStack gives a visitor a cookie',
    aws: '"include the cookies in your response payload object. Lambda automatically interprets this and adds them as set-cookie headers in your HTTP response" (Lambda, Invoking Lambda function URLs)',
    does: 'leaves out the cookies of the payload (2026.3.0)',
  },
  {
    emulator: 'ministack',
    claim: 'SqsMailbox as a mailbox names the entries that did not get through and sends the others',
    aws: '"MessageDeduplicationId can contain alphanumeric characters (a-z, A-Z, 0-9) and punctuation" (SQS, SendMessageBatchRequestEntry)',
    does: 'takes one with a space (1.5.33)',
  },
  {
    emulator: 'ministack',
    claim: 'SqsMailbox as a mailbox shows a message again at once if it is hidden for no time',
    aws: 'as above: the message that it should have refused, and its neighbour, still stand in the queue here',
    does: 'shows them first',
  },
  {
    emulator: 'elasticmq',
    claim: 'SqsMailbox as a mailbox sends to a standard queue, where nothing is deduplicated',
    aws: '"In standard queues, using MessageGroupId enables fair queues." (SQS, SendMessageBatchRequestEntry)',
    does: 'refuses it: "The request includes parameter MessageGroupId that is not valid for this queue type" (1.6.12)',
  },
  {
    emulator: 'elasticmq',
    claim:
      'SqsMailbox as a mailbox names the tenant to a standard queue, which is fair among tenants, and the instance to an ordered one',
    aws: 'as above',
    does: 'refuses it as well',
  },
]
