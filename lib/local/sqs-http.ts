// The AWS JSON 1.0 protocol of SQS over HTTP, as AWS SDKs and the AWS CLI speak it. Signatures are not checked.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SqsFault } from '../sim/queue-message.ts'
import { type Input, isInput, type Output } from './sqs-input.ts'
import type { SqsCall, SqsService } from './sqs-service.ts'

const regionDefault = 'us-east-1'
/** A message of 1 MiB, each byte of it escaped in JSON, and room for the rest. */
const requestBytesMax = 8 * 1024 * 1024

/** Error codes that the older protocol wrote otherwise; SDKs that know it read them from `x-amzn-query-error`. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
}

/** Answers requests whose `X-Amz-Target` is `AmazonSQS.<action>`. */
export const sqsHandler =
  (service: SqsService) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    void answer(service, request, gone.signal).then(
      (output) => reply(response, 200, output),
      (thrown: unknown) => refuse(response, thrown),
    )
  }

const answer = async (service: SqsService, request: IncomingMessage, signal: AbortSignal): Promise<Output> => {
  const { 1: action } = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target'])) ?? []
  if (action === undefined) {
    throw new SqsFault(
      'UnsupportedOperation',
      'This endpoint speaks the AWS JSON protocol of SQS: it takes X-Amz-Target: AmazonSQS.<action>. Use a newer AWS SDK or CLI.',
    )
  }
  return service.handle(action, await inputOf(request), { ...placeOf(request), signal })
}

const inputOf = async (request: IncomingMessage): Promise<Input> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > requestBytesMax)
      throw new SqsFault('InvalidParameterValue', `The request is longer than ${requestBytesMax} bytes.`)
    chunks.push(chunk)
  }
  const parsed = parse(Buffer.concat(chunks).toString())
  if (!isInput(parsed)) throw new SqsFault('SerializationException', 'The request body is no JSON object.')
  return parsed
}

const parse = (body: string): unknown => {
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    return undefined
  }
}

// The region of the signature's credential scope: `Credential=<key>/<date>/<region>/sqs/aws4_request`.
const placeOf = ({ headers, socket }: IncomingMessage): Pick<SqsCall, 'origin' | 'region'> => {
  const { 1: region = regionDefault } = /Credential=[^/]+\/[^/]+\/([a-z0-9-]+)\//.exec(headers.authorization ?? '') ?? []
  return { origin: `http://127.0.0.1:${socket.localPort}`, region }
}

const refuse = (response: ServerResponse, thrown: unknown): void => {
  if (!(thrown instanceof SqsFault)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    reply(response, 500, { __type: 'com.amazonaws.sqs#InternalFailure', message }, 'InternalFailure;Receiver')
    return
  }
  const { code, message } = thrown
  reply(response, 400, { __type: `com.amazonaws.sqs#${code}`, message }, `${queryCodes[code] ?? code};Sender`)
}

const reply = (response: ServerResponse, status: number, output: Output, queryError?: string): void => {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
    ...(queryError !== undefined && { 'x-amzn-query-error': queryError }),
  })
  response.end(JSON.stringify(output))
}
