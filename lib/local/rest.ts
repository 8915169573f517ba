// What the services of the local cloud that speak REST-JSON have in common: a bounded body in, JSON or a named fault out.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'

/** What a service refuses; `code` is its name for it. */
export class RestFault extends Error {
  readonly code: string
  readonly status: number
  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

export interface RestRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
export interface RestReply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  /** JSON text. */
  readonly body?: string
}

/** @param bytesMax of a request's body */
export const restHandler =
  (bytesMax: number, act: (request: RestRequest) => RestReply | Promise<RestReply>): RequestListener =>
  (request, response) => {
    const answer = async (): Promise<RestReply> => {
      const body = await bodyOf(request, bytesMax)
      return act({
        method: request.method ?? 'GET',
        url: new URL(request.url ?? '/', 'http://local'),
        headers: request.headers,
        body,
      })
    }
    const write = ({ status = 200, headers = {}, body = '{}' }: RestReply): void => {
      if (response.destroyed) return
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers }).end(body)
    }
    void answer().then(write, (thrown: unknown) => write(refusal(thrown)))
  }

const bodyOf = async (request: IncomingMessage, bytesMax: number): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new RestFault('RequestTooLargeException', `The request is longer than ${bytesMax} bytes.`, 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const refusal = (thrown: unknown): RestReply => {
  const { message } = thrown as Error
  const { code, status } = thrown instanceof RestFault ? thrown : { code: 'InternalServerException', status: 500 }
  return { status, headers: { 'x-amzn-errortype': code }, body: JSON.stringify({ Message: message }) }
}
