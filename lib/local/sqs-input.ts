// Reads what an SQS request carries and refuses it in SQS's words.
import { batchEntriesMax } from '../core/limits.ts'
import { invalid, SqsFault } from '../sim/queue-message.ts'

export type Input = { readonly [name: string]: unknown }
export type Output = { readonly [name: string]: unknown }

const missing = (name: string): SqsFault => new SqsFault('MissingParameter', `The request must contain the parameter ${name}.`)

export const isInput = (value: unknown): value is Input => typeof value === 'object' && value !== null && !Array.isArray(value)

export const optionalText = (input: Input, name: string): string | undefined => {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(`Value for parameter ${name} is invalid. Reason: Must be a string.`)
  return value
}

export const text = (input: Input, name: string): string => {
  const value = optionalText(input, name)
  if (value === undefined || value === '') throw missing(name)
  return value
}

/** A whole number, also as text: the CLI passes some so. */
export const optionalWhole = (input: Input, name: string, least: number, most: number): number | undefined => {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  throw invalid(
    `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  )
}

export const whole = (input: Input, name: string, least: number, most: number): number => {
  const value = optionalWhole(input, name, least, most)
  if (value === undefined) throw missing(name)
  return value
}

export const texts = (input: Input, name: string): readonly string[] => {
  const value = input[name] ?? []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw invalid(`Value for parameter ${name} is invalid. Reason: Must be a list of strings.`)
}

/** A map of texts, e.g. queue attributes or tags. */
export const textMap = (input: Input, name: string): Readonly<Record<string, string>> => {
  const value = input[name] ?? {}
  if (isInput(value) && Object.values(value).every((one) => typeof one === 'string')) return value as Record<string, string>
  throw invalid(`Value for parameter ${name} is invalid. Reason: Must be a map of strings.`)
}

/** The name of the queue of a request: the last part of its URL. */
export const queueName = (input: Input): string => text(input, 'QueueUrl').split('/').at(-1) ?? ''

/** The name of the queue of an ARN; the region is not looked at. */
export const nameInArn = (arn: string): string | undefined => /^arn:aws[a-z-]*:sqs:[^:]*:[^:]*:([^:]+)$/.exec(arn)?.[1]

export interface BatchEntry {
  readonly id: string
  readonly input: Input
}

/** The entries of a batch request. @throws SqsFault if the batch as a whole is refused */
export const batchEntries = (input: Input): readonly BatchEntry[] => {
  const list = input.Entries
  if (!Array.isArray(list) || list.length === 0) {
    throw new SqsFault('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (list.length > batchEntriesMax) {
    const reason = `Maximum number of entries per request are ${batchEntriesMax}. You have sent ${list.length}.`
    throw new SqsFault('TooManyEntriesInBatchRequest', reason)
  }
  const entries = list.map((entry: unknown) => {
    if (!isInput(entry)) throw invalid('Value for parameter Entries is invalid. Reason: Must be a list of structures.')
    return { id: text(entry, 'Id'), input: entry }
  })
  const bad = entries.find(({ id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))
  if (bad !== undefined) {
    const reason =
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.'
    throw new SqsFault('InvalidBatchEntryId', reason)
  }
  const twice = entries.find(({ id }, n) => entries.findIndex((other) => other.id === id) !== n)
  if (twice !== undefined) throw new SqsFault('BatchEntryIdsNotDistinct', `Id ${twice.id} repeated.`)
  return entries
}

/** Does each entry by itself: what SQS refuses of one is reported for that one. */
export const eachEntry = (entries: readonly BatchEntry[], act: (input: Input) => Output): Output => {
  const Successful: Output[] = []
  const Failed: Output[] = []
  for (const { id, input } of entries) {
    try {
      Successful.push({ Id: id, ...act(input) })
    } catch (thrown) {
      if (!(thrown instanceof SqsFault)) throw thrown
      Failed.push({ Id: id, SenderFault: true, Code: thrown.code, Message: thrown.message })
    }
  }
  return { Successful, Failed }
}
