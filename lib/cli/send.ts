// `gavotte send`: one message to one instance.
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Connection } from '../aws/connection.ts'
import { instanceIdFault, parseAddress } from '../core/names.ts'
import { loadApp, messageFault } from './app-file.ts'
import { exitCodes, UsageError } from './failure.ts'
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
  const body = parseBody(words.body === '-' ? await text(terminal.in) : (words.body ?? '{}'))
  if (options.check) await demandFit(options, process, type, body)
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
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new UsageError(`"${address}" names no instance: write PROCESS/INSTANCE, ${usage}`)
  const fault = instanceIdFault(parsed.instance)
  if (fault !== undefined) throw new UsageError(`"${address}": ${fault}`)
  if (type === undefined) throw new UsageError(`name the message for ${address}, ${usage}`)
  return { ...parsed, type }
}

const parseBody = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new UsageError(`the body is not JSON (${(cause as Error).message}): quote it for the shell, as in '{"quantity":1}'`, {
      cause,
    })
  }
}

const demandFit = async (
  { appFile = appFileDefault }: SendOptions,
  process: string,
  type: string,
  body: unknown,
): Promise<void> => {
  if (!existsSync(appFile)) {
    throw new UsageError(
      `${appFile} is not there to check the message: name it with --app-file, or send unchecked with --no-check`,
    )
  }
  const fault = messageFault(await loadApp(appFile), process, type, { value: body })
  if (fault !== undefined) throw new UsageError(fault)
}
