// A failing run in words, line by line in the order of virtual time, and what a test prints of it.
import { diagram } from './diagram.ts'
import type { Message } from './message-book.ts'
import { type Happening, sentOf } from './story.ts'

/** The smallest run that was found to break a claim that a seed's run breaks. */
export interface Story {
  readonly seed: number
  /** What the seed's whole run broke. */
  readonly violations: readonly string[]
  /** In the order of virtual time. */
  readonly happenings: readonly Happening[]
  /** What this run breaks. */
  readonly ended: readonly string[]
  /** Sends of the workload, and how many the seed's whole run had. */
  readonly sends: { readonly left: number; readonly of: number }
  /** Faults that struck, skewed clocks and poison as one each. */
  readonly faults: { readonly left: number; readonly of: number }
  /** How many runs were tried. */
  readonly runs: number
}

const shown = { violations: 5, lines: 60, diagram: 60, characters: 160 } as const

/** The story as a test's error message has it: at most some 130 lines. */
export const shortStory = (story: Story): string =>
  [
    `seed ${story.seed} violates`,
    ...bounded(story.violations, shown.violations).map((violation) => `  ${violation}`),
    ...told(story, shown.lines),
    ...bounded(diagram(story.happenings, story.ended), shown.diagram),
    '',
    `Run it alone: GAVOTTE_SEED=${story.seed}. All of it in a file: GAVOTTE_STORY=<file>`,
  ]
    .map((line) => cut(line, shown.characters))
    .join('\n')

/** The story in full, as Markdown. */
export const wholeStory = (story: Story, trace: readonly string[]): string =>
  [
    `# Seed ${story.seed} violates`,
    '',
    ...story.violations.map((violation) => `- ${violation}`),
    '```text',
    ...told(story, Number.POSITIVE_INFINITY),
    '```',
    '```mermaid',
    ...diagram(story.happenings, story.ended),
    '```',
    '```text',
    ...trace,
    '```',
    '',
  ].join('\n')

const told = ({ happenings, ended, sends, faults, runs }: Story, linesMax: number): readonly string[] => [
  '',
  `The smallest run that breaks it, of ${runs} tried: ${sends.left} of ${sends.of} sends, ${faults.left} of ${faults.of} faults`,
  ...bounded(happenings.flatMap(linesOf), linesMax).map((line) => `  ${line}`),
  ...(ended.length === 0 ? [unrepeated] : ended.map((violation) => `broken: ${violation}`)).map(
    (line) => `  ${' '.repeat(timeWidth)}  ${line}`,
  ),
  '',
]

const timeWidth = 12
const unrepeated =
  'holds when it is run again: something in it does not come from the seed (Date.now, Math.random, what a module keeps)'

const linesOf = (happening: Happening): readonly string[] => {
  const [first, ...rest] = wordsOf(happening)
  if (first === undefined) return []
  const time = `${(happening.at / 1000).toFixed(3)} s`.padStart(timeWidth)
  return [`${time}  ${first}`, ...rest.map((line) => `${' '.repeat(timeWidth)}    ${line}`)]
}

const wordsOf = (happening: Happening): readonly string[] => {
  switch (happening.kind) {
    case 'asked':
      return [`client ${sending(happening.message)}${happening.again ? ', a second copy' : ''}`]
    case 'began': {
      const { type, receiver } = happening.message
      return happening.run.committed ? [] : [`${receiver} begins ${type}, and nothing of it is committed`]
    }
    case 'handled':
    case 'went on': {
      const { kind, message, version, sends } = happening
      const does = kind === 'handled' ? 'handles' : 'goes on with'
      return [`${message.receiver} ${does} ${message.type}, version ${version}`, ...sends.map((sent) => `and ${sending(sent)}`)]
    }
    case 'kept':
      return [`${happening.instance} keeps ${happening.type} as failed: ${happening.code}`]
    case 'struck':
      return [`fault ${happening.fault}: ${happening.where}`]
  }
}

const sending = (message: Message): string => {
  const { type, to, body } = sentOf(message)
  if (message.kind === 'timer') return `sets a timer for ${type} ${cut(JSON.stringify(body), 100)}`
  if (message.kind === 'direct') return `calls ${type} ${cut(JSON.stringify(body), 100)} of ${to}`
  return `sends ${type} ${cut(JSON.stringify(body), 100)} to ${to}`
}

const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`

/** The beginning and the end where there are too many: what broke stands last. */
const bounded = (lines: readonly string[], linesMax: number): readonly string[] => {
  if (lines.length <= linesMax) return lines
  const half = Math.floor(linesMax / 2)
  return [...lines.slice(0, half), `… ${lines.length - 2 * half} more …`, ...lines.slice(-half)]
}
