// Direct calls: a function is invoked with an envelope, and answers it.
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda'
import type { Answer } from '../core/call.ts'
import { Misconfigured } from '../core/errors.ts'
import { calling, functionFailed } from './errors.ts'
import { sdkDefaults } from './sdk.ts'

/** What a process's function is invoked with besides queue events. */
export interface CallEvent {
  readonly gavotte: 'call'
  /** The envelope as JSON text. */
  readonly envelope: string
}

const again = 'Call again under the same key: it is answered once'

export class LambdaInvoker {
  readonly #config: LambdaClientConfig
  #client: LambdaClient | undefined

  constructor(config: LambdaClientConfig = {}) {
    // A call takes as long as the function does, so the caller's own timeout bounds it and no other.
    this.#config = { ...sdkDefaults, requestHandler: { ...sdkDefaults.requestHandler, requestTimeout: 0 }, ...config }
  }

  /**
   * Invokes a function and waits for its answer.
   * @param envelope JSON text
   * @throws Transient if none came within `timeoutMs`, or the function failed: it may have run. Misconfigured if it is no process
   */
  async call(functionName: string, envelope: string, timeoutMs: number): Promise<Answer> {
    this.#client ??= new LambdaClient(this.#config)
    const client = this.#client
    const event: CallEvent = { gavotte: 'call', envelope }
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'RequestResponse',
      Payload: Buffer.from(JSON.stringify(event)),
    })
    const doing = `Invoke of ${functionName}`
    const result = await within(timeoutMs, (abortSignal) => calling(doing, () => client.send(command, { abortSignal }), again))
    const payload = Buffer.from(result.Payload ?? []).toString()
    if (result.FunctionError !== undefined) throw functionFailed(doing, payload, again)
    const answer = answerOf(payload)
    if (answer !== undefined) return answer
    throw new Misconfigured('no-answer', `${doing}: what came back is no answer: deploy the process there with this release`)
  }

  destroy(): void {
    this.#client?.destroy()
  }
}

// `AbortSignal.timeout` would stay, and go off, long after the answer: by the thousand where many calls are made.
const within = async <T>(ms: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), ms)
  try {
    return await act(patience.signal)
  } finally {
    clearTimeout(timer)
  }
}

const answerOf = (payload: string): Answer | undefined => {
  const given = parseJson(payload) as Partial<{ ok: unknown; code: unknown; message: unknown }> | null
  if (given?.ok === true) return given as Answer
  return given?.ok === false && typeof given.code === 'string' && typeof given.message === 'string'
    ? (given as Answer)
    : undefined
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
