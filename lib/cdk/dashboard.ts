// What a node looks like at a glance: traffic, latency, failures, what waits, and its tables, a line a process.
import { Dashboard, GraphWidget, type IMetric, type IWidget, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Metric } from '../core/metric.ts'
import { deadLettersOf, metricsPeriod, oldestOf, processMetric, urlMetric } from './metrics.ts'
import type { ProcessFunction } from './process-function.ts'
import type { WebFunction } from './web-function.ts'

/** What a dashboard shows. */
export interface Shown {
  readonly processes: readonly ProcessFunction[]
  readonly web: readonly WebFunction[]
}

/** @param name the region is added to it: an account has one dashboard of a name, whatever the region */
export const dashboardOf = (scope: Construct, name: string, app: string, { processes, web }: Shown): Dashboard => {
  type Lines = (one: ProcessFunction, process: string) => readonly IMetric[]
  const graph = (title: string, unit: string, lines: Lines): IWidget =>
    new GraphWidget({
      title,
      left: processes.flatMap((one) => lines(one, one.placement.process.contract.name)),
      leftYAxis: { label: unit, showUnits: false, min: 0 },
      width: 8,
      height: 6,
    })
  const own =
    (metric: Metric, options?: MetricOptions): Lines =>
    (_, process) => [processMetric(app, process, metric, options)]
  const sum = (label: string): MetricOptions => ({ period: metricsPeriod, statistic: 'Sum', label })
  return new Dashboard(scope, 'Dashboard', {
    dashboardName: `${name}-${Stack.of(scope).region}`,
    widgets: [
      [
        graph('Messages', 'in 5 minutes', own('Messages')),
        graph('Hops', 'commits in 5 minutes', own('Hops')),
        graph('Dropped', 'in 5 minutes', (_, process) => [
          processMetric(app, process, 'Duplicates', { label: `${process} duplicates` }),
          processMetric(app, process, 'LateReplies', { label: `${process} late replies` }),
        ]),
      ],
      [
        graph('Latency, median', 'ms since it was sent', own('Latency', { statistic: 'p50' })),
        graph('Latency, 99 of 100', 'ms since it was sent', own('Latency', { statistic: 'p99' })),
        graph('Oldest message', 'seconds in the queue', ({ mailboxes, timers }, process) => [
          oldestOf(mailboxes, process),
          ...(timers ? [oldestOf([timers.queue], `${process} timers`)] : []),
        ]),
      ],
      [
        graph('Failed for good', 'in 5 minutes', (_, process) => [
          processMetric(app, process, 'SetAside', { label: process }),
          processMetric(app, process, 'Stashed', { label: `${process} stashed behind` }),
        ]),
        graph('Tried again', 'in 5 minutes', (_, process) => [
          processMetric(app, process, 'Retries', { label: `${process} retries` }),
          processMetric(app, process, 'Limited', { label: `${process} over their rate` }),
          processMetric(app, process, 'Unavailable', { label: `${process} for a service that is down` }),
          processMetric(app, process, 'Conflicts', { label: `${process} lost races` }),
          processMetric(app, process, 'Recovered', { label: `${process} recovered` }),
        ]),
        graph('Dead letters', 'messages', ({ deadLetter, timers }, process) => [
          deadLettersOf(deadLetter, process),
          ...(timers ? [deadLettersOf(timers.deadLetter, `${process} timers`)] : []),
        ]),
      ],
      ...(processes.some(({ placement }) => placement.process.rows !== undefined)
        ? [
            [
              graph('Rows', 'in 5 minutes', (one, process) =>
                one.placement.process.rows === undefined
                  ? []
                  : [
                      processMetric(app, process, 'RowReads', { label: `${process} reads` }),
                      processMetric(app, process, 'RowWrites', { label: `${process} writes` }),
                    ],
              ),
            ],
          ]
        : []),
      [
        graph('Functions', 'in 5 minutes', (one, process) => [
          one.function.metricErrors(sum(`${process} errors`)),
          one.function.metricThrottles(sum(`${process} throttles`)),
        ]),
        graph('DynamoDB capacity', 'units in 5 minutes', ({ table }, process) => [
          table.metricConsumedWriteCapacityUnits(sum(`${process} writes`)),
          table.metricConsumedReadCapacityUnits(sum(`${process} reads`)),
        ]),
        graph('DynamoDB throttles', 'in 5 minutes', ({ table }, process) => [
          table.metric('WriteThrottleEvents', sum(`${process} writes`)),
          table.metric('ReadThrottleEvents', sum(`${process} reads`)),
        ]),
      ],
      ...(web.length > 0 ? [webRow(web)] : []),
    ],
  })
}

const webRow = (all: readonly WebFunction[]): IWidget[] => {
  const graph = (title: string, unit: string, lines: (one: WebFunction, name: string) => readonly IMetric[]): IWidget =>
    new GraphWidget({
      title,
      left: all.flatMap((one) => lines(one, one.placement.web.name)),
      leftYAxis: { label: unit, showUnits: false, min: 0 },
      width: 8,
      height: 6,
    })
  return [
    graph('Requests', 'in 5 minutes', (one, label) => [urlMetric(one.function, 'UrlRequestCount', { label })]),
    graph('Requests that failed', 'in 5 minutes', (one, label) => [
      urlMetric(one.function, 'Url4xxCount', { label: `${label} 4xx` }),
      urlMetric(one.function, 'Url5xxCount', { label: `${label} 5xx` }),
      one.function.metricErrors({ period: metricsPeriod, label: `${label} errors` }),
      one.function.metricThrottles({ period: metricsPeriod, label: `${label} throttles` }),
    ]),
    graph('Time to answer', 'ms', (one, label) => [
      urlMetric(one.function, 'UrlRequestLatency', { statistic: 'p50', label: `${label} median` }),
      urlMetric(one.function, 'UrlRequestLatency', { statistic: 'p99', label: `${label} 99 of 100` }),
    ]),
  ]
}
