// Names of what is deployed, derived from app and process, and the addresses of instances. Deterministic, so that nodes need no exports.
import { Rejected } from './errors.ts'
import { instanceIdLengthMax } from './limits.ts'

export interface ResourceNames {
  readonly table: string
  readonly mailbox: string
  readonly deadLetter: string
  /** Standard queue on which timers come back; only processes that have timers have one. */
  readonly timer: string
  readonly timerDeadLetter: string
  readonly function: string
}

/** Name of the function of a process or a web function. */
export const functionName = (app: string, name: string): string => `${app}-${name}`

/**
 * @param app prefix of all names, lower-case letters, digits and dashes
 * @returns names within the limits of SQS (80 characters, `.fifo` at the end of a FIFO queue), DynamoDB and Lambda (64)
 */
export const resourceNames = (app: string, process: string, mailbox: 'ordered' | 'unordered'): ResourceNames => {
  const base = `${app}-${process}`
  const suffix = mailbox === 'ordered' ? '.fifo' : ''
  return {
    table: base,
    mailbox: `${base}${suffix}`,
    deadLetter: `${base}-dlq${suffix}`,
    timer: `${base}-timer`,
    timerDeadLetter: `${base}-timer-dlq`,
    function: functionName(app, process),
  }
}

/** The queue that is shard `shard` of a mailbox: `shop-order.fifo`, then `shop-order-s1.fifo`. Shard 0 is the mailbox itself. */
export const shardName = (mailbox: string, shard: number): string =>
  shard === 0 ? mailbox : mailbox.replace(/(\.fifo)?$/, `-s${shard}$1`)

/** All queues of a mailbox, in the order of its shards. */
export const shardNames = (mailbox: string, shards: number): readonly string[] =>
  Array.from({ length: shards }, (_, shard) => shardName(mailbox, shard))

/** `order/42`: an instance as others name it. */
export const address = (process: string, instance: string): string => `${process}/${instance}`

/** Splits at the first slash: ids may hold more. Undefined if there is none. */
export const parseAddress = (text: string): { readonly process: string; readonly instance: string } | undefined => {
  const at = text.indexOf('/')
  return at > 0 && at < text.length - 1 ? { process: text.slice(0, at), instance: text.slice(at + 1) } : undefined
}

/** On whose behalf an instance is there: its id up to the first `/`, or all of it. `acme/42` and `acme/43` are of the tenant `acme`. */
export const tenantOf = (instance: string): string => {
  const at = instance.indexOf('/')
  return at > 0 ? instance.slice(0, at) : instance
}

/** The message group of what goes to an instance: itself where the queue keeps order, else its tenant, among whom a queue is fair. */
export const groupOf = (instance: string, fifo: boolean): string => (fifo ? instance : tenantOf(instance))

// SQS: a MessageGroupId holds "alphanumeric characters and punctuation (!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)".
const instancePattern = /^[\x21-\x7e]+$/

/** Why `id` cannot name an instance; undefined if it can. */
export const instanceIdFault = (id: string): string | undefined => {
  if (id.length === 0) return 'an instance id must not be empty'
  if (id.length > instanceIdLengthMax)
    return `an instance id has at most ${instanceIdLengthMax} characters, this one ${id.length}`
  if (!instancePattern.test(id)) return 'an instance id holds printable ASCII without spaces (SQS message groups)'
  return id.startsWith('~') ? 'an instance id must not begin with ~: those partitions are the framework’s own' : undefined
}

/** @throws Rejected if `id` cannot name an instance */
export const demandInstanceId = (id: string): string => {
  const fault = instanceIdFault(id)
  if (fault !== undefined) throw new Rejected('illegal-instance-id', `${fault} (got ${JSON.stringify(id.slice(0, 60))})`)
  return id
}
