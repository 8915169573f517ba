// The typed client for whoever stands outside: web servers, scripts, benchmarks.
import { CallFailed } from '../core/call.ts'
import {
  type Callers,
  type CallSchema,
  type Contract,
  methods,
  type Seen,
  type Senders,
  type Used,
  type ViewOf,
} from '../core/contract.ts'
import { type Duration, milliseconds } from '../core/duration.ts'
import { Rejected } from '../core/errors.ts'
import { demand, type Schema } from '../core/schema.ts'
import { Connection, type ConnectionOptions, type Posted } from './connection.ts'
import { surroundings } from './environment.ts'

export interface ConnectOptions<U extends readonly Contract[]> extends ConnectionOptions {
  /** Whom this client may send to or read. */
  readonly uses: U
}

export interface SendOptions {
  /**
   * Names the intention, 1 to 256 characters: whoever sends it again under the same key, it is applied once.
   * Without a key a message is applied once per call.
   */
  readonly key?: string
}

export interface CallOptions extends SendOptions {
  /** How long to wait for the answer. Default `30s`. */
  readonly timeout?: Duration
}

export interface CancelOptions {
  /** The message whose flows to cancel. Default: all that are under way. */
  readonly flow?: string
}

export interface Client<Names extends string> {
  /**
   * `client.send(Order, '42').Place({ … }, { key: 'click-1' })` resolves once the queue has the message. Sends of one tick share
   * batches, so send many at once and await them together. Messages to one instance arrive in the order of the calls.
   * @throws Rejected if the body does not fit the contract or the message is too large
   * @throws Transient if it did not get through; it may have arrived, so send it again under the same key
   */
  readonly send: <C extends Contract>(to: Used<C, Names>, id: string) => Senders<C['messages'], SendOptions, Promise<Posted>>
  /**
   * `client.call(Payment, '7').Balance({}, { key: 'click-1' })` invokes the function and resolves to the reply. Under a key the same
   * call is answered once: within an hour it gets the same answer again. Calls do not wait behind the mailbox.
   * @throws CallFailed with the code and message of the answer
   * @throws Rejected if the request does not fit the contract or is too large
   * @throws Transient if no answer came; it may have run, so call again under the same key
   */
  readonly call: <C extends Contract>(of: Used<C, Names>, id: string) => Callers<C['calls'], CallOptions>
  /** Cancels flows of an instance; resolves once the queue has the message. */
  readonly cancel: <C extends Contract>(of: Used<C, Names>, id: string, options?: CancelOptions) => Promise<Posted>
  /** What an instance last published; undefined if it never did. `consistent` sees every commit before the call, at twice the price. */
  readonly view: <C extends Contract>(
    of: Seen<C, Names>,
    id: string,
    options?: { readonly consistent?: boolean },
  ) => Promise<ViewOf<C> | undefined>
  /** Waits for what is under way, then lets the connections go. */
  readonly close: () => Promise<void>
}

/**
 * A client of the processes in `uses`. Nothing is called before the first send or read.
 * Endpoint, region and credentials are found as the AWS SDK finds them, unless `sqs` and `dynamodb` name them. In a function the routes are
 * those of its environment, so that a web function's client is `connect(web)`.
 */
export const connect = <const U extends readonly Contract[]>({
  uses,
  ...options
}: ConnectOptions<U>): Client<U[number]['name']> => {
  const connection = new Connection({ ...surroundings(options.app), ...options })
  // The types have kept all else out.
  const known = (target: unknown): Contract => {
    const contract = target as Contract
    if (uses.some((one) => one.name === contract.name)) return contract
    throw new Rejected(
      'not-in-uses',
      `${contract.name} is not in uses (${uses.map((one) => one.name).join(', ')}): add it to connect()`,
    )
  }
  const client: Client<string> = {
    send: (to, instance) => {
      const { name: process, messages } = known(to)
      return methods(messages, async (type, body, sendOptions) => {
        demand(messages[type] as Schema, body, `${process}.${type}`)
        return connection.post({ process, instance, type, body, key: (sendOptions as SendOptions | undefined)?.key })
      }) as never
    },
    call: (of, instance) => {
      const { name: process, calls } = known(of)
      return methods(calls, async (type, body, callOptions) => {
        const { request, reply } = calls[type] as CallSchema
        const { key, timeout = '30s' } = (callOptions ?? {}) as CallOptions
        demand(request, body, `${process}.${type}`)
        const answer = await connection.call({ process, instance, type, body, key }, milliseconds(timeout))
        if (!answer.ok) throw new CallFailed(answer.code, answer.message)
        return demand(reply, answer.reply, `reply of ${process}.${type}`)
      }) as never
    },
    cancel: async (of, instance, body = {}) => connection.post({ process: known(of).name, instance, type: '~cancel', body }),
    view: async (of, instance, { consistent = false } = {}) => {
      const { name, view } = known(of)
      const text = await connection.view(name, instance, consistent)
      return text === undefined ? undefined : (demand(view as Schema, JSON.parse(text), `view of ${name}/${instance}`) as never)
    },
    close: () => connection.close(),
  }
  return client
}
