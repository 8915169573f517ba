// One process in AWS: a function, a role, a table, a mailbox and a dead-letter queue, named by app and process.
import { fileURLToPath } from 'node:url'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, EventSourceMapping, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs'
import { Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { environmentOf } from './environment.ts'
import { roleName } from './names.ts'
import type { Placement, Plan } from './plan.ts'
import { invitationOf, reachOf } from './reach.ts'

export interface ProcessFunctionProps {
  readonly plan: Plan
  /** One of the plan's. */
  readonly placement: Placement
}

export class ProcessFunction extends Construct {
  readonly placement: Placement
  readonly table: Table
  /** The mailbox's queues in the order of the shards. */
  readonly mailboxes: readonly Queue[]
  readonly deadLetter: Queue
  readonly function: NodejsFunction
  /** A mapping a mailbox queue, in the same order. */
  readonly sources: readonly EventSourceMapping[]

  constructor(scope: Construct, id: string, { plan, placement }: ProcessFunctionProps) {
    super(scope, id)
    this.placement = placement
    const { names, visibilitySeconds, deploy } = placement
    this.table = this.#table()
    this.deadLetter = this.#queue('DeadLetter', names.deadLetter, { retentionPeriod: Duration.days(14) })
    this.mailboxes = placement.mailboxes.map((name, shard) =>
      this.#queue(numbered('Mailbox', shard), name, {
        retentionPeriod: Duration.days(7),
        visibilityTimeout: Duration.seconds(visibilitySeconds),
        // The runtime counts attempts itself: throttles and neighbours in a batch burn receives too.
        deadLetterQueue: { queue: this.deadLetter, maxReceiveCount: 1000 },
      }),
    )
    this.#invite(plan)
    this.function = this.#function(plan)
    this.sources = this.#sources()
    Tags.of(this).add('gavotte:app', plan.app.name)
    Tags.of(this).add('gavotte:process', placement.process.contract.name)
    // For clients outside, which find the mailbox by its name.
    for (const first of this.mailboxes.slice(0, 1)) Tags.of(first).add('gavotte:shards', String(deploy.shards))
  }

  #table(): Table {
    const { names, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = this.placement
    return new Table(this, 'Table', {
      tableName: names.table,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expires',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    })
  }

  #queue(id: string, queueName: string, props: QueueProps): Queue {
    return new Queue(this, id, {
      queueName,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      ...(this.placement.deploy.mailbox === 'ordered' && {
        fifo: true,
        contentBasedDeduplication: false,
        // High throughput: the limits hold per message group, an instance being one.
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }),
      ...props,
    })
  }

  #invite(plan: Plan): void {
    const invitation = invitationOf(Stack.of(this), plan, this.placement)
    if (invitation === undefined) return
    for (const mailbox of this.mailboxes) mailbox.addToResourcePolicy(invitation.toSend(mailbox.queueArn))
    if (invitation.toRead !== undefined) this.table.addToResourcePolicy(invitation.toRead)
  }

  #function(plan: Plan): NodejsFunction {
    const { process, names, deploy } = this.placement
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${names.function}`,
      // The definition has checked that it is one of them.
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
      retention: deploy.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    return new NodejsFunction(this, 'Function', {
      functionName: names.function,
      entry: fileURLToPath(plan.app.entry(process.contract.name)),
      role: this.#role(plan, logGroup),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: deploy.memoryMb,
      timeout: Duration.seconds(deploy.timeoutSeconds),
      // Lambda stops chains of about 16 hops as loops; a choreography is longer, and its envelopes count hops themselves.
      recursiveLoop: RecursiveLoop.ALLOW,
      logGroup,
      bundling,
      environment: environmentOf(Stack.of(this), plan, this.placement),
    })
  }

  #role(plan: Plan, logGroup: LogGroup): Role {
    const stack = Stack.of(this)
    const mailboxArns = this.mailboxes.map(({ queueArn }) => queueArn)
    const allow = (resources: string[], ...actions: string[]): PolicyStatement => new PolicyStatement({ actions, resources })
    const statements = [
      allow([this.table.tableArn], 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:DeleteItem'),
      allow(mailboxArns, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'),
      allow([...mailboxArns, this.deadLetter.queueArn], 'sqs:SendMessage'),
      allow([logGroup.logGroupArn], 'logs:CreateLogStream', 'logs:PutLogEvents'),
      ...reachOf(stack, plan, this.placement),
    ]
    return new Role(this, 'Role', {
      roleName: roleName(this.placement, stack.region),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { process: new PolicyDocument({ statements }) },
    })
  }

  #sources(): readonly EventSourceMapping[] {
    const { concurrency, batch, windowSeconds } = this.placement.deploy
    return this.mailboxes.map(
      (mailbox, shard) =>
        new EventSourceMapping(this, numbered('Source', shard), {
          target: this.function,
          eventSourceArn: mailbox.queueArn,
          batchSize: batch,
          reportBatchItemFailures: true,
          ...(windowSeconds > 0 && { maxBatchingWindow: Duration.seconds(windowSeconds) }),
          ...(concurrency !== undefined && { maxConcurrency: concurrency }),
        }),
    )
  }
}

// The first keeps its name when others come.
const numbered = (id: string, shard: number): string => (shard === 0 ? id : `${id}${shard}`)

const bundling = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  // The SDK that was tested is the one that runs.
  bundleAwsSDK: true,
  logLevel: LogLevel.WARNING,
}
