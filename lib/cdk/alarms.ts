// When somebody must look at a process or a web function: what failed, what waits too long, and a function that cannot do its work.
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { deadLettersOf, metricsPeriod, oldestOf, processMetric, urlMetric } from './metrics.ts'
import type { ProcessFunction } from './process-function.ts'
import type { WebFunction } from './web-function.ts'

/** CloudWatch: an alarm on a metric math expression takes at most ten metrics. */
const metricsMax = 10
const hourSeconds = 3600

type Add = (what: string, threshold: number, metric: IMetric, description: string, more?: Partial<AlarmProps>) => void

/**
 * Adds the alarms of one function; what is not measured breaches nothing.
 * @param topicArn SNS topic that they notify, when they ring and when they stop
 */
const adding =
  (scope: Construct, functionName: string, topicArn: string | undefined): Add =>
  (what, threshold, metric, alarmDescription, more = {}) => {
    const alarm = new Alarm(scope, `Alarm-${what}`, {
      alarmName: `${functionName}-${what}`,
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...more,
    })
    if (topicArn === undefined) return
    const notify: IAlarmAction = { bind: () => ({ alarmActionArn: topicArn }) }
    alarm.addAlarmAction(notify)
    alarm.addOkAction(notify)
  }

/** The alarms of one process. */
export const addAlarms = (app: string, one: ProcessFunction, topicArn?: string): void => {
  const { names, process } = one.placement
  const { name } = process.contract
  const add = adding(one, names.function, topicArn)
  const { deadLetter, mailboxes, timers } = one
  add(
    'dead-letters',
    1,
    deadLettersOf(deadLetter, name),
    `${name}: messages that failed for good stand in ${names.deadLetter}; their attributes say why.`,
  )
  if (timers !== undefined) {
    add(
      'timer-dead-letters',
      1,
      deadLettersOf(timers.deadLetter, name),
      `${name}: timers that were received 1,000 times stand in ${names.timerDeadLetter}: redrive them once the function works again.`,
    )
    add(
      'timers-waiting',
      hourSeconds,
      oldestOf([timers.queue], name),
      `${name}: a timer has been due for an hour. The timer queue keeps messages for 7 days only.`,
    )
  }
  add('set-aside', 1, processMetric(app, name, 'SetAside'), `${name}: messages failed for good; its log and its table say why.`)
  groups(mailboxes).forEach((group, n) => {
    add(
      n === 0 ? 'waiting' : `waiting-${n}`,
      hourSeconds,
      oldestOf(group, name),
      `${name}: a message has waited for an hour. The mailbox keeps messages for 7 days only.`,
    )
  })
  const crashed = `${name}: the function crashed, timed out or does not start`
  add('errors', 1, one.function.metricErrors({ period: metricsPeriod }), `${crashed}; its messages come again.`)
  addThrottles(add, one, `raise the account's concurrency or lower that of others`)
}

/** The alarms of one web function. */
export const addWebAlarms = (one: WebFunction, topicArn?: string): void => {
  const { names, web } = one.placement
  const add = adding(one, names.function, topicArn)
  const crashed = `${web.name}: the function crashed, timed out or does not start`
  add('errors', 1, one.function.metricErrors({ period: metricsPeriod }), `${crashed}; its log says why.`)
  add('5xx', 1, urlMetric(one.function, 'Url5xxCount'), `${web.name}: requests were answered with a status of 500 or more.`)
  addThrottles(add, one, `raise its concurrency or the account's, and see who sends so much`)
}

const addThrottles = (add: Add, { placement, function: of }: ProcessFunction | WebFunction, advice: string): void => {
  const name = 'web' in placement ? placement.web.name : placement.process.contract.name
  // A throttle now and then is how Lambda finds its scale; a quarter of an hour is a limit.
  add(
    'throttles',
    1,
    of.metricThrottles({ period: metricsPeriod }),
    `${name}: Lambda has throttled the function for 15 minutes; ${advice}.`,
    { evaluationPeriods: 3 },
  )
}

const groups = (queues: readonly Queue[]): readonly (readonly Queue[])[] =>
  Array.from({ length: Math.ceil(queues.length / metricsMax) }, (_, n) => queues.slice(n * metricsMax, (n + 1) * metricsMax))
