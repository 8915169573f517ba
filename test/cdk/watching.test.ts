// Alarms and dashboards.
import { describe, expect, test } from '@jest/globals'
import { metrics } from '../../lib/core/metric.ts'
import { named, ofType, oneNode, plant, synthesize } from './plant.ts'
import { here, type Resource, resourcesOf, topologyOf } from './template.ts'

const alarmNames = (resources: readonly Resource[]) =>
  ofType(resources, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmName)
const alarm = (resources: readonly Resource[], name: string) => named(resources, 'AWS::CloudWatch::Alarm', 'AlarmName', name)

interface Alarmed {
  readonly Metrics: readonly {
    readonly Expression?: string
    readonly MetricStat?: { readonly Metric: object; readonly Period: number; readonly Stat: string }
  }[]
}

describe('alarms', () => {
  const resources = synthesize()

  test('each process has one for dead letters, failures, waiting, errors and throttles', () => {
    expect(alarmNames(resources)).toEqual(
      ['sensor', 'gauge', 'archive'].flatMap((process) =>
        ['dead-letters', 'set-aside', 'waiting', 'errors', 'throttles'].map((what) => `plant-${process}-${what}`),
      ),
    )
  })

  test.each<[what: string, threshold: number, periods: number, namespace: string, metric: string, stat: string, of: object]>([
    ['dead-letters', 1, 1, 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', { QueueName: 'plant-gauge-dlq.fifo' }],
    ['set-aside', 1, 1, 'Gavotte', 'SetAside', 'Sum', { App: 'plant', Process: 'gauge' }],
    ['waiting', 3600, 1, 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 'Maximum', { QueueName: 'plant-gauge.fifo' }],
    ['errors', 1, 1, 'AWS/Lambda', 'Errors', 'Sum', { FunctionName: 'plant-gauge' }],
    ['throttles', 1, 3, 'AWS/Lambda', 'Throttles', 'Sum', { FunctionName: 'plant-gauge' }],
  ])('%s rings from %d on, in %d periods of five minutes, and not for what is not measured', (what, ...rest) => {
    const [Threshold, EvaluationPeriods, Namespace, MetricName, stat, of] = rest
    const Dimensions = Object.entries(of).map(([Name, Value]) => ({ Name, Value: String(Value) }))
    const found = alarm(resources, `plant-gauge-${what}`)
    expect(found).toMatchObject({
      Threshold,
      EvaluationPeriods,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: expect.stringMatching(/^gauge: /),
    })
    const flat = { Namespace, MetricName, Dimensions, Period: 300, Statistic: stat }
    const nested = [{ MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 300, Stat: stat } }]
    expect(found).toMatchObject('Metrics' in found ? { Metrics: nested } : flat)
  })

  test('the oldest message is that of all shards, ten of them an alarm', () => {
    const sharded = synthesize({}, oneNode({ gauge: { shards: 12 } }))
    const queues = (name: string) => {
      const { Metrics } = alarm(sharded, name) as unknown as Alarmed
      expect(Metrics.filter(({ Expression }) => Expression !== undefined)).toHaveLength(1)
      return Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length
    }
    expect([queues('plant-gauge-waiting'), queues('plant-gauge-waiting-1')]).toEqual([10, 2])
  })

  test('notify the topic of their node when they begin and when they end', () => {
    const topic = `arn:aws:sns:${here.region}:${here.account}:on-call`
    const noisy = synthesize({}, oneNode({}, { alarmTopic: topic }))
    for (const { Properties } of ofType(noisy, 'AWS::CloudWatch::Alarm')) {
      expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] })
    }
    for (const { Properties } of ofType(resources, 'AWS::CloudWatch::Alarm'))
      expect(Properties).not.toHaveProperty('AlarmActions')
  })
})

describe('the dashboard', () => {
  interface Widget {
    readonly properties: { readonly title: string; readonly metrics: readonly unknown[] }
  }
  const widgets = (resources: readonly Resource[], node: string) => {
    const { DashboardBody } = named(resources, 'AWS::CloudWatch::Dashboard', 'DashboardName', `plant-${node}-${here.region}`)
    return (JSON.parse(String(DashboardBody)) as { widgets: readonly Widget[] }).widgets.map(({ properties }) => properties)
  }

  test('of each node shows its processes and no others', () => {
    const resources = resourcesOf(
      topologyOf(plant(), { field: { processes: { sensor: {} } }, office: { processes: { gauge: {}, archive: {} } } }),
    )
    const shown = (node: string) => JSON.stringify(widgets(resources, node))
    expect(shown('field')).toContain('plant-sensor')
    expect(shown('field')).not.toMatch(/plant-(gauge|archive)/)
    expect(shown('office')).not.toContain('plant-sensor')
  })

  test('has traffic, latency, failures, ages, dead letters and the tables, with the right metrics', () => {
    const shown = widgets(synthesize({}, oneNode({ gauge: { shards: 2 } })), 'all')
    const linesOf = (title: string) => JSON.stringify(shown.find((one) => one.title === title)?.metrics)
    const holding: readonly (readonly [title: string, ...metrics: readonly string[]])[] = [
      ['Messages', '"Gavotte","Messages","App","plant","Process","sensor"'],
      ['Hops', '"Gavotte","Hops"'],
      ['Dropped', '"Gavotte","Duplicates"', '"Gavotte","LateReplies"'],
      ['Latency, median', '"Gavotte","Latency"', '"stat":"p50"'],
      ['Latency, 99 of 100', '"Gavotte","Latency"', '"stat":"p99"'],
      ['Oldest message', '"AWS/SQS","ApproximateAgeOfOldestMessage","QueueName","plant-gauge-s1.fifo"', 'MAX([gauge_0,gauge_1])'],
      ['Failed for good', '"Gavotte","SetAside"'],
      ['Tried again', '"Gavotte","Retries"', '"Gavotte","Conflicts"', '"Gavotte","Recovered"'],
      ['Dead letters', '"ApproximateNumberOfMessagesVisible","QueueName","plant-archive-dlq"'],
      ['Rows', '"Gavotte","RowReads"', '"Gavotte","RowWrites"'],
      ['Functions', '"AWS/Lambda","Errors"', '"AWS/Lambda","Throttles"'],
      ['DynamoDB capacity', '"ConsumedWriteCapacityUnits","TableName","plant-sensor"', '"ConsumedReadCapacityUnits"'],
      ['DynamoDB throttles', '"WriteThrottleEvents"', '"ReadThrottleEvents"'],
    ]
    expect(shown.map(({ title }) => title)).toEqual(holding.map(([title]) => title))
    for (const [title, ...parts] of holding) for (const part of parts) expect(linesOf(title)).toContain(part)
  })

  test('shows every metric that a function writes', () => {
    const shown = JSON.stringify(widgets(synthesize(), 'all'))
    for (const metric of metrics) expect(shown).toContain(`"Gavotte","${metric}","App","plant"`)
  })
})
