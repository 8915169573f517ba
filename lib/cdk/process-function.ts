// One process in AWS: a function, a role, a table, a mailbox and a dead-letter queue, and what its timers need; named by app and process.
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { EventSourceMapping, type EventSourceMappingProps, RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { batchEntriesMax } from '../core/limits.ts'
import { partsWithout } from '../core/parts.ts'
import { environmentOf } from './environment.ts'
import { addFunction, addLogs } from './function.ts'
import { roleName } from './names.ts'
import type { Placement, Plan } from './plan.ts'
import { addDeadLetterQueue, addSourceQueue } from './queues.ts'
import { invitationOf, reachOf } from './reach.ts'
import { addTimers, schedulingOf, type Timers } from './timers.ts'

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
  /** Undefined if the process has none. */
  readonly timers: Timers | undefined
  readonly function: NodejsFunction
  /** A mapping a mailbox queue, in the same order; then that of the timer queue. */
  readonly sources: readonly EventSourceMapping[]

  constructor(scope: Construct, id: string, { plan, placement }: ProcessFunctionProps) {
    super(scope, id)
    this.placement = placement
    const { names, visibilitySeconds, deploy } = placement
    this.table = this.#table()
    this.deadLetter = addDeadLetterQueue(this, 'DeadLetter', names.deadLetter)
    this.mailboxes = placement.mailboxes.map((name, shard) =>
      addSourceQueue(this, numbered('Mailbox', shard), name, { visibilitySeconds, deadLetter: this.deadLetter }),
    )
    this.timers = addTimers(this, placement)
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

  #invite(plan: Plan): void {
    const invitation = invitationOf(Stack.of(this), plan, this.placement)
    if (invitation === undefined) return
    for (const mailbox of this.mailboxes) mailbox.addToResourcePolicy(invitation.toSend(mailbox.queueArn))
    if (invitation.toRead !== undefined) this.table.addToResourcePolicy(invitation.toRead)
  }

  #function(plan: Plan): NodejsFunction {
    const { process, names, deploy } = this.placement
    const logGroup = addLogs(this, names.function, deploy.logRetentionDays)
    return addFunction(this, {
      functionName: names.function,
      entry: plan.app.entry(process.contract.name),
      role: this.#role(plan, logGroup),
      logGroup,
      deploy,
      define: partsWithout(process, deploy),
      // Lambda stops chains of about 16 hops as loops; a choreography is longer, and its envelopes count hops themselves.
      recursiveLoop: RecursiveLoop.ALLOW,
      environment: environmentOf(Stack.of(this), plan, this.placement),
    })
  }

  #role(plan: Plan, logGroup: LogGroup): Role {
    const stack = Stack.of(this)
    const { timers } = this
    const sourceArns = [...this.mailboxes, ...(timers ? [timers.queue] : [])].map(({ queueArn }) => queueArn)
    const allow = (resources: string[], ...actions: string[]): PolicyStatement => new PolicyStatement({ actions, resources })
    const statements = [
      allow(
        [this.table.tableArn],
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:DeleteItem',
        ...(this.placement.process.rows === undefined ? [] : ['dynamodb:BatchGetItem']),
      ),
      allow(sourceArns, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'),
      allow([...sourceArns, this.deadLetter.queueArn], 'sqs:SendMessage'),
      allow([logGroup.logGroupArn], 'logs:CreateLogStream', 'logs:PutLogEvents'),
      ...(timers ? schedulingOf(this.placement, timers) : []),
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
    const source = (id: string, { queueArn }: Queue, more: Partial<EventSourceMappingProps>): EventSourceMapping =>
      new EventSourceMapping(this, id, {
        target: this.function,
        eventSourceArn: queueArn,
        reportBatchItemFailures: true,
        ...(concurrency !== undefined && { maxConcurrency: concurrency }),
        ...more,
      })
    const gathered = { batchSize: batch, ...(windowSeconds > 0 && { maxBatchingWindow: Duration.seconds(windowSeconds) }) }
    return [
      ...this.mailboxes.map((mailbox, shard) => source(numbered('Source', shard), mailbox, gathered)),
      ...(this.timers ? [source('TimerSource', this.timers.queue, { batchSize: batchEntriesMax })] : []),
    ]
  }
}

// The first keeps its name when others come.
const numbered = (id: string, shard: number): string => (shard === 0 ? id : `${id}${shard}`)
