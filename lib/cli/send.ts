// `gavotte send`: one message to one instance.
import { Connection } from '../aws/connection.ts'
import { demandAddress } from './address.ts'
import { demandFit, messageFault } from './app-file.ts'
import { exitCodes, UsageError } from './failure.ts'
import { readJson } from './json-argument.ts'
import { appFileDefault, reaching, type TargetOptions, targetOf } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface SendOptions extends TargetOptions {
  readonly key?: string
  readonly check: boolean
}
interface Words {
  readonly address: string | undefined
  readonly type: string | undefined
  readonly body: string | undefined
}

export const sendOne = async (words: Words, options: SendOptions, terminal: Terminal): Promise<number> => {
  const { process, instance, type } = demandTarget(words)
  const body = await readJson(words.body, 'body', terminal)
  const { check, appFile = appFileDefault } = options
  if (check) await demandFit(appFile, (app) => messageFault(app, process, type, { value: body }))
  const target = await targetOf(options, terminal.env)
  const connection = new Connection({ app: target.app, sqs: target.sdk, dynamodb: target.sdk })
  try {
    const { id } = await reaching(target, () => connection.post({ process, instance, type, body, key: options.key }))
    const sent = { id, to: `${process}/${instance}`, type }
    print(terminal.out, options.json ? JSON.stringify(sent) : `sent ${type} to ${sent.to}, id ${id}`)
    return exitCodes.ok
  } finally {
    await connection.close()
  }
}

const demandTarget = ({
  address,
  type,
}: Words): { readonly process: string; readonly instance: string; readonly type: string } => {
  const usage = 'as in: gavotte send order/42 Place \'{"quantity":1}\''
  if (address === undefined) throw new UsageError(`name an instance and a message (${usage}), or a file with --file`)
  const parsed = demandAddress(address)
  if (type === undefined) throw new UsageError(`name the message for ${address}, ${usage}`)
  return { ...parsed, type }
}
