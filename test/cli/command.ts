// Runs a command in this process and keeps what it printed.
import { PassThrough, Readable } from 'node:stream'
import { run } from '../../lib/cli/program.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}
export interface Circumstances {
  readonly env?: Terminal['env']
  readonly stdin?: string
  /** Called with all of stderr so far, whenever it grows. */
  readonly onErr?: (text: string) => void
  /** Takes what stands for Ctrl-C. */
  readonly onListen?: (interrupt: () => void) => void
}

export const gavotte = (args: readonly string[], circumstances?: Circumstances): Promise<Ran> => ran(run, args, circumstances)

/** @param command resolves to its exit code */
export const ran = async (
  command: (args: readonly string[], terminal: Terminal) => Promise<number>,
  args: readonly string[],
  { env = {}, stdin = '', onErr, onListen }: Circumstances = {},
): Promise<Ran> => {
  const texts = { out: '', err: '' }
  const capture = (name: 'out' | 'err'): PassThrough => {
    const stream = new PassThrough()
    stream.on('data', (chunk) => {
      texts[name] += String(chunk)
      if (name === 'err') onErr?.(texts.err)
    })
    return stream
  }
  const out = capture('out')
  const err = capture('err')
  const code = await command(args, {
    out,
    err,
    in: Readable.from([stdin]),
    env: { HOME: '/nowhere', ...env },
    onInterrupt: (act) => {
      onListen?.(act)
      return () => {}
    },
  })
  await new Promise((resolve) => setImmediate(resolve))
  return { code, ...texts }
}
