// What is measured of a process: by its function, in its log (embedded metric format), and by SQS.
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration } from 'aws-cdk-lib/core'
import type { Metric as OwnMetric } from '../core/metric.ts'

export const metricsPeriod = Duration.minutes(5)

/** Over five minutes; `statistic` as CloudWatch names it, default `Sum`. */
export const processMetric = (app: string, process: string, metricName: OwnMetric, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: 'Gavotte',
    metricName,
    dimensionsMap: { App: app, Process: process },
    statistic: 'Sum',
    period: metricsPeriod,
    label: process,
    ...options,
  })

/**
 * Over five minutes, of a function's URL.
 * Source: AWS Lambda Developer Guide, "Monitoring Lambda function URLs"; `UrlRequestLatency` is in milliseconds.
 */
export const urlMetric = (
  of: IFunction,
  metric: 'UrlRequestCount' | 'Url4xxCount' | 'Url5xxCount' | 'UrlRequestLatency',
  options: MetricOptions = {},
): Metric => of.metric(metric, { statistic: 'Sum', period: metricsPeriod, ...options })

/** Age of the oldest message of the mailbox's queues, seconds. */
export const oldestOf = (queues: readonly Queue[], process: string): IMetric => {
  const ages = queues.map((queue) =>
    queue.metricApproximateAgeOfOldestMessage({ period: metricsPeriod, statistic: 'Maximum', label: process }),
  )
  const [first] = ages
  if (first !== undefined && ages.length === 1) return first
  // Ids of metrics are unique within a graph, and take no dash.
  const usingMetrics = Object.fromEntries(ages.map((age, n) => [`${process.replaceAll('-', '_')}_${n}`, age]))
  return new MathExpression({
    expression: `MAX([${Object.keys(usingMetrics).join()}])`,
    usingMetrics,
    period: metricsPeriod,
    label: process,
  })
}

/** Messages that stand in a dead-letter queue. */
export const deadLettersOf = (queue: Queue, process: string): IMetric =>
  queue.metricApproximateNumberOfMessagesVisible({ period: metricsPeriod, statistic: 'Maximum', label: process })
