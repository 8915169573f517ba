// A run as a Mermaid sequence diagram: a participant an instance, an arrow a message at the moment it is handled, faults as notes.
//
// Only what Mermaid takes anywhere is written: texts from a run keep letters, digits and a few marks, the rest becomes a blank.
import type { Message } from './message-book.ts'
import { client, type Happening, type Sent, sentOf } from './story.ts'

/** @returns the lines of the diagram; `broken` stands at its end */
export const diagram = (happenings: readonly Happening[], broken: readonly string[]): readonly string[] => {
  const participants = new Map<string, string>()
  const idOf = (address: string): string => {
    const id = participants.get(address) ?? `p${participants.size}`
    participants.set(address, id)
    return id
  }
  const arrow = ({ from, to, type, body }: Sent, tip: string, words = ''): string =>
    `  ${idOf(from)}${tip}${idOf(to)}: ${plain([type, ...fieldsOf(body), words].join(' '))}`
  const over = (addresses: readonly string[], text: string): string =>
    `  Note over ${addresses.map(idOf).join(',')}: ${plain(text)}`

  if (happenings.some(({ kind }) => kind === 'asked')) idOf(client)
  const open = new Set<Message>()
  const lineOf = (happening: Happening): readonly string[] => {
    switch (happening.kind) {
      case 'asked':
        if (!happening.again) open.add(happening.message)
        return []
      case 'began': {
        const { message, run } = happening
        return run.committed ? [] : [over([message.receiver], `${message.type} begins and is not committed`)]
      }
      case 'handled':
        open.delete(happening.message)
        for (const sent of happening.sends) open.add(sent)
        return [arrow(sentOf(happening.message), '->>')]
      case 'went on':
        for (const sent of happening.sends) open.add(sent)
        return [over([happening.message.receiver], `goes on with ${happening.message.type}`)]
      case 'kept':
        return [over([happening.instance], `keeps ${happening.type} as failed ${happening.code}`)]
      case 'struck':
        return [over(happening.instances.slice(0, 1), `fault ${happening.fault}`)]
    }
  }
  const lines = happenings.flatMap(lineOf)
  // Timers and answers may be dropped by right.
  const left = [...open]
    .filter(({ kind }) => kind === 'message')
    .map((message) => arrow(sentOf(message), '-x', 'is never applied'))
  const [first = client, ...others] = participants.keys()
  const last = broken.map((violation) => over([first, ...others.slice(-1)], `broken ${violation}`))
  const declared = [...participants].map(([address, id]) => `  participant ${id} as ${plain(address)}`)
  return ['sequenceDiagram', ...declared, ...lines, ...left, ...last]
}

const textMax = 80

const fieldsOf = (body: unknown): readonly string[] =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? Object.entries(body).map(([name, value]) => `${name}=${typeof value === 'object' ? '..' : String(value)}`)
    : []

const plain = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_./=,()-]+/g, ' ')
    .trim()
    .slice(0, textMax) || '-'
