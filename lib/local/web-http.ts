// The URL of a web function: an HTTP server that gives each request to an environment of the function and sends back what it answers.
// What fails there is told the client as Lambda does, without a word of the reason, which is told as an event.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { CloudEvent } from './cloud-event.ts'
import type { Environments } from './environments.ts'
import { urlEvent } from './web-event.ts'
import { type HttpResponse, readUrlResponse } from './web-response.ts'

export interface WebOptions {
  /** Name of the web function. */
  readonly name: string
  readonly environments: Environments
  readonly onEvent: (event: CloudEvent) => void
}

/** Lambda: "Payload size exceeded maximum allowed payload size (6291556 bytes)", of the event and of the response, as JSON. */
const payloadBytesMax = 6_291_556

/** Lambda, where no more may run at once, refuses; here so many may wait for their turn. */
const waitingMax = 1000

export const webHandler =
  (options: WebOptions): RequestListener =>
  (request, response) => {
    const started = performance.now()
    const requestId = randomUUID()
    void answer(options, request, requestId).then((answered) => {
      const { name, onEvent } = options
      const { method = 'GET', url = '/' } = request
      const ms = Math.round(performance.now() - started)
      const { status, reason } = answered
      onEvent({ kind: 'served', process: name, method, path: url, status, ms, ...(reason !== undefined && { reason }) })
      write(request, response, { ...answered, headers: { ...answered.headers, 'x-amzn-requestid': requestId } })
    })
  }

interface Answered extends HttpResponse {
  /** Why there is no response of the function's own. */
  readonly reason?: string
}

const answer = async (
  { name, environments, onEvent }: WebOptions,
  request: IncomingMessage,
  requestId: string,
): Promise<Answered> => {
  const body = await bodyOf(request)
  if (body === 'too long') return refusal(413, 'the request is too long')
  if (body === 'cut off') return refusal(400, 'the client went away')
  if (environments.waiting >= waitingMax) return refusal(429, 'too many requests wait')
  const event = urlEvent(
    {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      rawHeaders: request.rawHeaders,
      httpVersion: request.httpVersion,
      sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      port: request.socket.localPort ?? 0,
      body,
    },
    requestId,
    Date.now(),
  )
  // Escapes and base64 make it longer; where the body is far from the bound, nobody counts.
  if (body.length > payloadBytesMax / 4 && Buffer.byteLength(JSON.stringify(event)) > payloadBytesMax)
    return refusal(413, 'the request is too long')
  try {
    const outcome = await environments.use((environment) => environment.invoke(requestId, event))
    if (outcome.kind !== 'returned') return failure(outcome.reason)
    if (Buffer.byteLength(outcome.response) > payloadBytesMax) return failure('the response is longer than 6 MB')
    const read = readUrlResponse(outcome.response)
    return read.kind === 'read' ? read.response : failure(`malformed response: ${read.reason}`)
  } catch (thrown) {
    const { message } = thrown as Error
    onEvent({ kind: 'ended', process: name, reason: message, retryMs: 0 })
    return failure(message)
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer | 'too long' | 'cut off'> => {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // What else comes is read and let go: a client that is still sending would not see the answer.
      if (bytes <= payloadBytesMax) chunks.push(chunk)
    }
  } catch {
    return 'cut off'
  }
  return bytes > payloadBytesMax ? 'too long' : Buffer.concat(chunks)
}

const json = { 'content-type': 'application/json' }

const messages = { 400: 'Bad Request', 413: 'Request Too Long', 429: 'Rate Exceeded.', 502: 'Internal Server Error' } as const

const refusal = (status: keyof typeof messages, reason: string): Answered => ({
  status,
  headers: json,
  body: Buffer.from(JSON.stringify({ Message: messages[status] })),
  reason,
})

// Errors and timeouts of the function look alike to the client.
const failure = (reason: string): Answered => refusal(502, reason)

const write = ({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: HttpResponse): void => {
  if (response.destroyed) return
  const bare = status === 204 || status === 304
  // A handler that leaves the body out for HEAD does not say how long it would be.
  const silent = bare || (method === 'HEAD' && body.length === 0)
  response.writeHead(status, { ...headers, ...(!silent && { 'content-length': body.length }) })
  response.end(bare || method === 'HEAD' ? undefined : body)
}
