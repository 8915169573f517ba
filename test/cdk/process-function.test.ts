import { describe, expect, test } from '@jest/globals'
import { RemovalPolicy } from 'aws-cdk-lib/core'
import { ofType, oneNode, queueNamed, synthesize } from './plant.ts'
import { here, type Resource } from './template.ts'

const resources = synthesize({ memoryMb: 512, timeoutSeconds: 20, logRetentionDays: 7 })

const propertiesOf = (type: string, of: readonly Resource[] = resources) => ofType(of, type).map(({ Properties }) => Properties)
const sources = (of: readonly Resource[]) => propertiesOf('AWS::Lambda::EventSourceMapping', of)
const sqsArn = (name: string) => `arn:aws:sqs:${here.region}:${here.account}:${name}`

describe('the function', () => {
  test('runs on Node 24 and arm64 with the memory and timeout of its process', () => {
    expect(propertiesOf('AWS::Lambda::Function')[0]).toMatchObject({
      FunctionName: 'plant-sensor',
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Timeout: 20,
      Role: `arn:aws:iam::${here.account}:role/plant-sensor-${here.region}`,
    })
  })

  test('may take part in chains of hops that Lambda would stop', () => {
    expect(propertiesOf('AWS::Lambda::Function').map(({ RecursiveLoop }) => RecursiveLoop)).toEqual(['Allow', 'Allow', 'Allow'])
  })

  test('keeps its logs for as long as its process says, else for a month', () => {
    const kept = propertiesOf('AWS::Logs::LogGroup').map(({ LogGroupName, RetentionInDays }) => [LogGroupName, RetentionInDays])
    expect(kept).toEqual([
      ['/aws/lambda/plant-sensor', 7],
      ['/aws/lambda/plant-gauge', 30],
      ['/aws/lambda/plant-archive', 30],
    ])
  })
})

describe('the table', () => {
  test('holds items under instance and sort key, on demand, with expiry and recovery to a point in time', () => {
    expect(propertiesOf('AWS::DynamoDB::Table')[0]).toEqual({
      TableName: 'plant-sensor',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      Tags: [
        { Key: 'gavotte:app', Value: 'plant' },
        { Key: 'gavotte:process', Value: 'sensor' },
      ],
    })
  })

  test('is kept when it leaves the stack', () => {
    for (const table of ofType(resources, 'AWS::DynamoDB::Table')) {
      expect(table).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' })
    }
  })

  test('is deleted where its options say so, or those of its node', () => {
    const policies = (of: readonly Resource[]) => ofType(of, 'AWS::DynamoDB::Table').map(({ DeletionPolicy }) => DeletionPolicy)
    const removalPolicy = RemovalPolicy.DESTROY
    expect(policies(synthesize({}, oneNode({ gauge: { removalPolicy } })))).toEqual([
      'RetainExceptOnCreate',
      'Delete',
      'RetainExceptOnCreate',
    ])
    expect(policies(synthesize({}, oneNode({}, { defaults: { removalPolicy } })))).toEqual(['Delete', 'Delete', 'Delete'])
  })
})

describe('the queues', () => {
  test('of an ordered process are FIFO with limits per instance, and deduplicate by id, never by content', () => {
    for (const name of ['plant-sensor.fifo', 'plant-sensor-dlq.fifo']) {
      expect(queueNamed(resources, name)).toMatchObject({
        FifoQueue: true,
        ContentBasedDeduplication: false,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
      })
    }
  })

  test('of an unordered process are standard', () => {
    for (const name of ['plant-archive', 'plant-archive-dlq']) {
      expect(queueNamed(resources, name)).not.toHaveProperty('FifoQueue')
      expect(queueNamed(resources, name)).not.toHaveProperty('DeduplicationScope')
    }
  })

  test('hide a message for six timeouts, keep it for 7 days, and give it up after 1,000 receives only', () => {
    expect(queueNamed(resources, 'plant-sensor.fifo')).toMatchObject({
      VisibilityTimeout: 120,
      MessageRetentionPeriod: 7 * 86_400,
      RedrivePolicy: { maxReceiveCount: 1000, deadLetterTargetArn: sqsArn('plant-sensor-dlq.fifo') },
    })
  })

  test('hide a message for longer where the node says so, or where a batch may gather first', () => {
    const longer = synthesize({}, oneNode({ sensor: { visibilitySeconds: 900 }, archive: { batch: 100, windowSeconds: 5 } }))
    expect(queueNamed(longer, 'plant-sensor.fifo')).toMatchObject({ VisibilityTimeout: 900 })
    expect(queueNamed(longer, 'plant-archive')).toMatchObject({ VisibilityTimeout: 6 * 30 + 5 })
  })

  test('keep dead letters for 14 days', () => {
    expect(queueNamed(resources, 'plant-sensor-dlq.fifo')).toMatchObject({ MessageRetentionPeriod: 14 * 86_400 })
  })

  test('are encrypted, and refuse what does not come by TLS', () => {
    for (const one of propertiesOf('AWS::SQS::Queue')) expect(one).toMatchObject({ SqsManagedSseEnabled: true })
    const policies = propertiesOf('AWS::SQS::QueuePolicy')
    expect(policies).toHaveLength(6)
    for (const policy of policies) {
      expect(policy).toMatchObject({
        PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
      })
    }
  })
})

describe('the event source', () => {
  const [source] = sources(resources)

  test('delivers batches of ten and takes partial failures', () => {
    expect(source).toMatchObject({
      EventSourceArn: sqsArn('plant-sensor.fifo'),
      FunctionName: 'plant-sensor',
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
    expect(source).not.toHaveProperty('ScalingConfig')
    expect(source).not.toHaveProperty('MaximumBatchingWindowInSeconds')
  })

  test('is bounded by the concurrency of its process, of its node, or not at all', () => {
    const bounded = synthesize({ concurrency: 7 }, oneNode({ archive: { concurrency: 2 } }))
    expect(sources(bounded).map(({ ScalingConfig }) => ScalingConfig)).toEqual([
      { MaximumConcurrency: 7 },
      undefined,
      { MaximumConcurrency: 2 },
    ])
    const all = synthesize({}, oneNode({ archive: { concurrency: 2 } }, { defaults: { concurrency: 50 } }))
    expect(sources(all).map(({ ScalingConfig }) => ScalingConfig)).toEqual(
      [50, 50, 2].map((MaximumConcurrency) => ({ MaximumConcurrency })),
    )
  })

  test('gathers large batches of an unordered mailbox within its window', () => {
    const gathering = synthesize({}, oneNode({ archive: { batch: 10_000, windowSeconds: 300 } }))
    expect(sources(gathering)[2]).toMatchObject({ BatchSize: 10_000, MaximumBatchingWindowInSeconds: 300 })
  })

  test('filters nothing: what it does not match, it deletes', () => {
    expect(source).not.toHaveProperty('FilterCriteria')
  })
})

describe('shards', () => {
  const sharded = synthesize({ shards: 3 }, oneNode({ archive: { shards: 2 } }))
  const shards = ['plant-sensor.fifo', 'plant-sensor-s1.fifo', 'plant-sensor-s2.fifo']

  test('are queues that share one dead-letter queue, each with an event source of its own', () => {
    for (const shard of shards) {
      expect(queueNamed(sharded, shard)).toMatchObject({
        FifoQueue: true,
        RedrivePolicy: { deadLetterTargetArn: sqsArn('plant-sensor-dlq.fifo') },
      })
    }
    const ofSensor = sources(sharded).filter(({ FunctionName }) => FunctionName === 'plant-sensor')
    expect(ofSensor.map(({ EventSourceArn }) => EventSourceArn)).toEqual(shards.map(sqsArn))
  })

  test('of an unordered mailbox are named alike', () => {
    expect(queueNamed(sharded, 'plant-archive-s1')).not.toHaveProperty('FifoQueue')
  })

  test('are counted on the first queue, so that clients outside find the count', () => {
    const count = (queue: string) =>
      (queueNamed(sharded, queue).Tags as { Key: string; Value: string }[]).find(({ Key }) => Key === 'gavotte:shards')?.Value
    expect(['plant-sensor.fifo', 'plant-gauge.fifo', 'plant-archive'].map(count)).toEqual(['3', '1', '2'])
    expect(count('plant-sensor-s1.fifo')).toBeUndefined()
  })

  test('leave the first queue what it was: raising their number replaces nothing', () => {
    const ids = (of: readonly Resource[]) => of.map(({ id }) => id)
    expect(ids(sharded)).toEqual(expect.arrayContaining(ids(synthesize())))
  })
})
