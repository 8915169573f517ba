// What processes with timers and calls get besides: timer queues, schedules, and the way of replies.
import { describe, expect, test } from '@jest/globals'
import { RemovalPolicy } from 'aws-cdk-lib/core'
import { readEnvironment } from '../../lib/aws/environment.ts'
import type { Nodes } from '../../lib/cdk/index.ts'
import { control, controlRoom, named, ofType, queueNamed } from './plant.ts'
import { here, type Resource, resourcesOf, topologyOf } from './template.ts'

const synthesize = (nodes: Nodes = controlRoom(), deploy = {}): readonly Resource[] =>
  resourcesOf(topologyOf(control(deploy), nodes))
const resources = synthesize()
const sqsArn = (name: string, { region, account } = here) => `arn:aws:sqs:${region}:${account}:${name}`
const variablesOf = (of: readonly Resource[], process: string) =>
  (
    named(of, 'AWS::Lambda::Function', 'FunctionName', `control-${process}`).Environment as {
      Variables: { [name: string]: string }
    }
  ).Variables

describe('the timer queue', () => {
  test('is standard, whatever the mailbox is, with a dead-letter queue of its own', () => {
    const queue = queueNamed(resources, 'control-panel-timer')
    expect(queue).not.toHaveProperty('FifoQueue')
    expect(queue).toMatchObject({
      MessageRetentionPeriod: 7 * 86_400,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { maxReceiveCount: 1000, deadLetterTargetArn: sqsArn('control-panel-timer-dlq') },
    })
    expect(queueNamed(resources, 'control-panel-timer-dlq')).toMatchObject({ MessageRetentionPeriod: 14 * 86_400 })
  })

  test('hides a message for as long as the mailbox does', () => {
    const longer = synthesize(controlRoom({ panel: { visibilitySeconds: 900 } }))
    for (const name of ['control-panel.fifo', 'control-panel-timer'])
      expect(queueNamed(longer, name)).toMatchObject({ VisibilityTimeout: 900 })
  })

  test('is there for timers and for calls, and for none else', () => {
    const timers = ofType(resources, 'AWS::SQS::Queue').flatMap(({ Properties: { QueueName } }) =>
      String(QueueName).includes('timer') ? [QueueName] : [],
    )
    expect(timers).toEqual(['control-panel-timer-dlq', 'control-panel-timer', 'control-boiler-timer-dlq', 'control-boiler-timer'])
  })

  test('is an event source of the function: ten at a time, partial failures, bounded as the mailbox is', () => {
    const sources = (of: readonly Resource[]) =>
      ofType(of, 'AWS::Lambda::EventSourceMapping').flatMap(({ Properties }) =>
        Properties.FunctionName === 'control-panel' ? [Properties] : [],
      )
    expect(sources(resources).map(({ EventSourceArn }) => EventSourceArn)).toEqual(
      ['control-panel.fifo', 'control-panel-timer'].map((name) => sqsArn(name)),
    )
    expect(sources(resources)[1]).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] })
    const bounded = sources(synthesize(controlRoom({ panel: { concurrency: 7, batch: 3, shards: 2 } })))
    expect(bounded.map(({ BatchSize, ScalingConfig }) => [BatchSize, ScalingConfig])).toEqual(
      [3, 3, 10].map((size) => [size, { MaximumConcurrency: 7 }]),
    )
  })
})

describe('schedules', () => {
  test('are in a group of the app and the node, which is kept with its timers', () => {
    const groups = ofType(resources, 'AWS::Scheduler::ScheduleGroup')
    expect(groups).toMatchObject([
      { Properties: { Name: 'control-room' }, DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
    ])
    const deleted = synthesize(controlRoom({}, { defaults: { removalPolicy: RemovalPolicy.DESTROY } }))
    expect(ofType(deleted, 'AWS::Scheduler::ScheduleGroup')).toMatchObject([{ DeletionPolicy: 'Delete' }])
  })

  test('have no group where nothing has timers', () => {
    const apart = synthesize({ room: { processes: { panel: {}, boiler: {} } }, yard: { processes: { siren: {} } } })
    expect(ofType(apart, 'AWS::Scheduler::ScheduleGroup').map(({ node }) => node)).toEqual(['room'])
  })

  test('send with a role that only schedules of this account take, and that may do nothing but this', () => {
    const role = named(resources, 'AWS::IAM::Role', 'RoleName', `control-panel-timer-${here.region}`)
    expect(role).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': here.account } },
          },
        ],
      },
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Action: 'sqs:SendMessage',
                Resource: [sqsArn('control-panel-timer'), sqsArn('control-panel-timer-dlq')],
              },
            ],
          },
        },
      ],
    })
  })
})

describe('routes', () => {
  test('tell a function where its timers come back and how schedules get there', () => {
    expect(readEnvironment('panel', variablesOf(resources, 'panel')).own.timer).toEqual({
      queue: `https://sqs.${here.region}.amazonaws.com/${here.account}/control-panel-timer`,
      arn: sqsArn('control-panel-timer'),
      role: `arn:aws:iam::${here.account}:role/control-panel-timer-${here.region}`,
      group: 'control-room',
    })
    expect(readEnvironment('siren', variablesOf(resources, 'siren')).own).not.toHaveProperty('timer')
  })

  test('lead a process that answers calls to all who may call it, and tell nobody of another’s timers', () => {
    const known = (process: string) => Object.keys(JSON.parse(variablesOf(resources, process).GAVOTTE_ROUTES ?? '') as object)
    expect([known('boiler').toSorted(), known('panel').toSorted(), known('siren').toSorted()]).toEqual([
      ['boiler', 'panel', 'siren'],
      ['boiler', 'panel'],
      ['boiler', 'siren'],
    ])
    const { routes } = readEnvironment('panel', variablesOf(resources, 'panel'))
    expect(routes.boiler).not.toHaveProperty('timer')
  })
})

test('replies may come from another account: the caller’s mailbox lets the callee in', () => {
  const east = { account: '444455556666', region: 'us-east-1' }
  const west = { account: '777788889999', region: 'us-west-2' }
  const apart = synthesize({
    room: { env: east, processes: { panel: {}, siren: {} } },
    cellar: { env: west, processes: { boiler: {} } },
  })
  const invited = ofType(apart, 'AWS::SQS::QueuePolicy').flatMap(({ Properties: { PolicyDocument } }) =>
    (PolicyDocument as { Statement: { Effect: string; Resource: string; Condition?: object }[] }).Statement.flatMap((one) =>
      one.Effect === 'Allow' ? [[one.Resource, one.Condition]] : [],
    ),
  )
  const by = (...roles: readonly string[]) => ({ ArnEquals: { 'aws:PrincipalArn': roles } })
  const boiler = by(`arn:aws:iam::${west.account}:role/control-boiler-us-west-2`)
  expect(invited).toEqual([
    [sqsArn('control-panel.fifo', east), boiler],
    [sqsArn('control-siren.fifo', east), boiler],
    [
      sqsArn('control-boiler.fifo', west),
      by(...['panel', 'siren'].map((name) => `arn:aws:iam::${east.account}:role/control-${name}-us-east-1`)),
    ],
  ])
})

test('alarms tell of timers that failed and of timers that wait, and the dashboard shows both', () => {
  const alarm = (what: string) => named(resources, 'AWS::CloudWatch::Alarm', 'AlarmName', `control-panel-${what}`)
  const of = (queue: string, MetricName: string) => [
    { MetricStat: { Metric: { Namespace: 'AWS/SQS', MetricName, Dimensions: [{ Name: 'QueueName', Value: queue }] } } },
  ]
  expect(alarm('timer-dead-letters')).toMatchObject({
    Threshold: 1,
    Metrics: of('control-panel-timer-dlq', 'ApproximateNumberOfMessagesVisible'),
  })
  expect(alarm('timers-waiting')).toMatchObject({
    Threshold: 3600,
    Metrics: of('control-panel-timer', 'ApproximateAgeOfOldestMessage'),
  })
  const { DashboardBody } = named(resources, 'AWS::CloudWatch::Dashboard', 'DashboardName', `control-room-${here.region}`)
  expect(String(DashboardBody)).toContain('"ApproximateAgeOfOldestMessage","QueueName","control-panel-timer"')
  expect(String(DashboardBody)).toContain('"ApproximateNumberOfMessagesVisible","QueueName","control-panel-timer-dlq"')
})
