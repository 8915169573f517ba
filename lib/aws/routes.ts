// Where each process of an app is: its queues by URL, its table by name.
import { shardOf } from '../core/digest.ts'
import { Misconfigured, Refused } from '../core/errors.ts'

export interface Route {
  /** URL of the mailbox queue, or of each it is spread over, in their order; a FIFO queue's ends in `.fifo`. */
  readonly mailbox: string | readonly string[]
  /** URL of the dead-letter queue; only the process itself needs it. */
  readonly deadLetter?: string
  /** Name or ARN. */
  readonly table: string
  /** Where timers come back; only the process itself needs it, and only if it has any. */
  readonly timer?: TimerRoute
  /** Name of the function, for direct calls; default as it is deployed. */
  readonly function?: string
}

/** The timer queue of a process, and how EventBridge Scheduler gets to it. */
export interface TimerRoute {
  /** URL of the queue. */
  readonly queue: string
  readonly arn: string
  /** ARN of the role that a schedule sends with. */
  readonly role: string
  /** Name of the schedule group. */
  readonly group: string
}
export type Routes = { readonly [process: string]: Route }

/** The queues of a mailbox, in the order of their shards. */
export const mailboxesOf = ({ mailbox }: Route): readonly string[] => (typeof mailbox === 'string' ? [mailbox] : mailbox)

/** The queue that an instance's messages go to. */
export const mailboxOf = (route: Route, instance: string): string => {
  const urls = mailboxesOf(route)
  return urls[shardOf(instance, urls.length)] as string
}

/** @throws Refused if there is none */
export const routeTo = (routes: Routes, process: string): Route => {
  const route = Object.hasOwn(routes, process) ? routes[process] : undefined
  if (route === undefined) {
    throw new Refused(
      'no-route',
      `no route to process "${process}" (known: ${Object.keys(routes).join(', ')}). Add it to \`uses\` and deploy again`,
    )
  }
  return route
}

/** @throws Misconfigured with the place of the first fault, under `source` */
export const parseRoutes = (text: string, source: string): Routes => {
  const fault = (what: string): Misconfigured =>
    new Misconfigured(
      'illegal-routes',
      `${source}: ${what}. It is JSON {"<process>":{"mailbox":"<queue URL>","table":"<name>"}}; the construct sets it, deploy again`,
    )
  const json = parseJson(text)
  if (!isRecord(json)) throw fault('not a JSON object')
  for (const [process, route] of Object.entries(json)) {
    if (!isRecord(route)) throw fault(`"${process}" is not an object`)
    const odd = ['table', ...['deadLetter', 'function'].filter((name) => name in route)].find((name) => !isText(route[name]))
    if (odd !== undefined) throw fault(`"${process}" has no "${odd}"`)
    const { timer = {} } = route
    if (!isRecord(timer)) throw fault(`"timer" of "${process}" is not an object`)
    const without = 'timer' in route ? timerFields.find((name) => !isText(timer[name])) : undefined
    if (without !== undefined) throw fault(`"timer" of "${process}" has no "${without}"`)
    const urls = [route.mailbox].flat()
    if (urls.length === 0 || !urls.every(isText)) throw fault(`"${process}" has no "mailbox"`)
  }
  return json as Routes
}

const timerFields: readonly (keyof TimerRoute)[] = ['queue', 'arn', 'role', 'group']

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** FIFO queues are known by their name. */
export const isFifo = (queueUrl: string): boolean => queueUrl.endsWith('.fifo')
