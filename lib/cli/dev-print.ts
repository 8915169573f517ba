// What `gavotte dev` prints: the banner, and one line per event.
import { mailboxesOf, mailboxOf, routeTo } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import type { LocalCloud } from '../local/cloud.ts'
import type { CloudEvent } from '../local/cloud-event.ts'
import { sampleBody } from './dev-sample.ts'
import { appFileDefault } from './target.ts'

/** How `dev` was called, and how `gavotte` is called here. */
export interface Called {
  readonly data: string
  readonly appFile: string
}

/** The banner: where everything is, and lines to try that are ready to run. */
export const banner = (app: App, cloud: LocalCloud, called: Called): string => {
  const web = Object.entries(cloud.web)
  const names = [...app.processes.map(({ contract }) => contract.name), ...web.map(([name]) => name)]
  const width = Math.max(...names.map((name) => name.length))
  const queues = app.processes.map(
    ({ contract: { name } }) => `  ${name.padEnd(width)}  ${mailboxesOf(routeTo(cloud.routes, name)).join('  ')}`,
  )
  return [
    `Local cloud of ${app.name} on ${cloud.endpoint} (SQS, DynamoDB, Lambda and EventBridge Scheduler), data in ${called.data}`,
    '',
    ...queues,
    ...web.map(([name, url]) => `  ${name.padEnd(width)}  ${url}`),
    '',
    ...toTry(app, cloud, called),
    'Ctrl-C stops it; what it holds is kept.',
  ].join('\n')
}

const toTry = (app: App, { endpoint, routes }: LocalCloud, { appFile }: Called): string[] => {
  const messages = app.processes.flatMap(({ contract: { name, messages }, deploy }) =>
    Object.entries(messages).map(([type, schema]) => ({
      name,
      type,
      body: sampleBody(schema),
      ordered: deploy.mailbox === 'ordered',
    })),
  )
  const [first] = messages.filter(({ body }) => body !== undefined)
  if (first === undefined) return []
  const { name, type, body, ordered } = first
  const route = routeTo(routes, name)
  const fifo = ordered ? ' --message-group-id 42 --message-deduplication-id "$(date +%s)"' : ''
  const own = appFile === appFileDefault ? '' : ` --app-file ${appFile}`
  return [
    'To try, in another terminal:',
    `  npx gavotte send ${name}/42 ${type} ${quoted(JSON.stringify(body))} --endpoint ${endpoint}${own}`,
    '  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1',
    `  aws --endpoint-url ${endpoint} sqs send-message --queue-url ${mailboxOf(route, '42')}${fifo} --message-body ${quoted(JSON.stringify({ to: '42', type, body }))}`,
    `  aws --endpoint-url ${endpoint} dynamodb scan --table-name ${route.table}`,
    '',
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Whether an event is shown by `--quiet` as well: something went wrong. */
export const isAlarming = (event: CloudEvent): boolean =>
  event.kind === 'called' || event.kind === 'served'
    ? event.reason !== undefined
    : event.kind !== 'handled' && event.kind !== 'output'

/** @param at when it happened */
export const eventLine = (event: CloudEvent, at: Date): string => {
  const time = at.toTimeString().slice(0, 8)
  return `${time}  ${subject(event).padEnd(20)}  ${said(event)}`
}

const subject = (event: CloudEvent): string => {
  if (event.kind !== 'handled' && event.kind !== 'failed') return event.process
  const [first, ...others] = event.instances
  if (first === undefined) return event.process
  return others.length === 0 ? `${event.process}/${first}` : `${event.process}/${first} +${others.length}`
}

const said = (event: CloudEvent): string => {
  switch (event.kind) {
    case 'handled':
      return `${count(event.messages)} in ${event.ms} ms${event.returned > 0 ? `, ${event.returned} returned to be tried again` : ''}`
    case 'failed':
      return `FAILED ${event.reason.split('\n', 1)[0]}; ${count(event.messages)} will show again`
    case 'called':
      return event.reason === undefined ? `a call in ${event.ms} ms` : `CALL FAILED ${event.reason.split('\n', 1)[0]}`
    case 'served': {
      const asked = `${event.method} ${event.path} ${event.status}`
      return event.reason === undefined ? `${asked} in ${event.ms} ms` : `${asked} FAILED ${event.reason.split('\n', 1)[0]}`
    }
    case 'dead-lettered':
      return `DEAD LETTER ${count(event.messages)}; its dead-letter queue holds ${event.total}`
    case 'ended':
      return `DOWN ${event.reason}; tried again ${event.retryMs === 0 ? 'now' : `in ${event.retryMs / 1000} s`}`
    case 'output':
      return event.line
  }
}

const count = (messages: number): string => `${messages} message${messages === 1 ? '' : 's'}`
