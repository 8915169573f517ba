// The typed client for whoever stands outside: web servers, scripts, benchmarks.
import { type Contract, methods, type Seen, type Senders, type Used, type ViewOf } from '../core/contract.ts'
import { Rejected } from '../core/errors.ts'
import { demand, type Schema } from '../core/schema.ts'
import { Connection, type ConnectionOptions, type Posted } from './connection.ts'

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

export interface Client<Names extends string> {
  /**
   * `client.send(Order, '42').Place({ … }, { key: 'click-1' })` resolves once the queue has the message. Sends of one tick share
   * batches, so send many at once and await them together. Messages to one instance arrive in the order of the calls.
   * @throws Rejected if the body does not fit the contract or the message is too large
   * @throws Transient if it did not get through; it may have arrived, so send it again under the same key
   */
  readonly send: <C extends Contract>(to: Used<C, Names>, id: string) => Senders<C['messages'], SendOptions, Promise<Posted>>
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
 * Endpoint, region and credentials are found as the AWS SDK finds them, unless `sqs` and `dynamodb` name them.
 */
export const connect = <const U extends readonly Contract[]>({
  uses,
  ...options
}: ConnectOptions<U>): Client<U[number]['name']> => {
  const connection = new Connection(options)
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
    view: async (of, instance, { consistent = false } = {}) => {
      const { name, view } = known(of)
      const text = await connection.view(name, instance, consistent)
      return text === undefined ? undefined : (demand(view as Schema, JSON.parse(text), `view of ${name}/${instance}`) as never)
    },
    close: () => connection.close(),
  }
  return client
}
