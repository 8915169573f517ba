// `gavotte call` and `gavotte cancel`: one instance asked directly, or its flows ended.
import { Connection } from '../aws/connection.ts'
import { demandAddress } from './address.ts'
import { callFault, demandFit } from './app-file.ts'
import { exitCodes, FailedError } from './failure.ts'
import { readJson } from './json-argument.ts'
import { appFileDefault, reaching, type TargetOptions, targetOf } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface CallOptions extends TargetOptions {
  readonly key?: string
  /** Milliseconds. */
  readonly timeout: number
  readonly check: boolean
}

export const call = async (
  words: { readonly address: string; readonly type: string; readonly request: string | undefined },
  options: CallOptions,
  terminal: Terminal,
): Promise<number> => {
  const { type } = words
  const { process, instance } = demandAddress(words.address)
  const body = await readJson(words.request, 'request', terminal)
  const { check, appFile = appFileDefault, key, timeout } = options
  if (check) await demandFit(appFile, (app) => callFault(app, process, type, body))
  const answer = await connected(options, terminal, (connection) =>
    connection.call({ process, instance, type, body, key }, timeout),
  )
  if (!answer.ok) throw new FailedError(`${answer.code}: ${answer.message}`)
  print(terminal.out, JSON.stringify(answer.reply, undefined, options.json ? undefined : 2))
  return exitCodes.ok
}

export interface CancelOptions extends TargetOptions {
  readonly flow?: string
}

export const cancel = async (address: string, options: CancelOptions, terminal: Terminal): Promise<number> => {
  const { process, instance } = demandAddress(address)
  const { flow, json } = options
  const body = { ...(flow !== undefined && { flow }) }
  const { id } = await connected(options, terminal, (connection) => connection.post({ process, instance, type: '~cancel', body }))
  const what = flow === undefined ? 'its flows' : `its flows ${flow}`
  print(terminal.out, json ? JSON.stringify({ id, to: address, ...body }) : `told ${address} to cancel ${what}, id ${id}`)
  return exitCodes.ok
}

const connected = async <T>(
  options: TargetOptions,
  { env }: Terminal,
  act: (connection: Connection) => Promise<T>,
): Promise<T> => {
  const target = await targetOf(options, env)
  // A call is not made again by itself: it may have run.
  const lambda = { ...target.sdk, maxAttempts: 1 }
  const connection = new Connection({ app: target.app, sqs: target.sdk, dynamodb: target.sdk, lambda })
  try {
    return await reaching(target, () => act(connection))
  } finally {
    await connection.close()
  }
}
