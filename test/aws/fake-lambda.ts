// A Lambda endpoint that notes what is invoked and answers as a test tells it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from '../../lib/core/call.ts'
import type { Envelope } from '../../lib/core/envelope.ts'

export interface Invoked {
  /** Name of the function. */
  readonly name: string
  readonly type: string | undefined
  readonly gavotte: unknown
  readonly envelope: Envelope
}
/** `fault`: an error of Lambda; `functionError`: the function threw; `hangs`: no answer ever comes. */
export type LambdaReply =
  | { readonly answer: Answer | object }
  | { readonly functionError: object }
  | { readonly fault: { readonly status: number; readonly type: string } }
  | 'hangs'

export class FakeLambda {
  readonly invoked: Invoked[] = []
  reply: (invoked: Invoked) => LambdaReply = () => ({ answer: { ok: true, reply: {} } })
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    const { gavotte, envelope } = JSON.parse(body) as { gavotte: unknown; envelope: string }
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1] ?? ''
    const type = request.headers['x-amz-invocation-type'] as string | undefined
    const invoked: Invoked = { name, type, gavotte, envelope: JSON.parse(envelope) }
    this.invoked.push(invoked)
    const reply = this.reply(invoked)
    if (reply === 'hangs') return
    if ('fault' in reply) {
      response.writeHead(reply.fault.status, { 'x-amzn-errortype': reply.fault.type }).end('{"Message":"no"}')
    } else if ('functionError' in reply) {
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify(reply.functionError))
    } else response.end(JSON.stringify(reply.answer))
  }

  async open(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get config() {
    const endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 }
  }
}
