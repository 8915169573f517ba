// The book of answers: whoever asks is answered by the commit that takes the request, and whoever waits for the answer always gets the same one (I1, I2).
import type { Answer } from '../core/call.ts'
import { digest } from '../core/digest.ts'
import type { Effect } from '../core/effect.ts'
import type { Envelope } from '../core/envelope.ts'
import { replyKeptMs } from '../core/limits.ts'
import { address } from '../core/names.ts'
import { decodeReplies } from '../core/reply.ts'
import { replyType } from '../core/waits.ts'
import { contentOf } from './content.ts'
import { keyOf, type Message, type MessageBook, type Violation } from './message-book.ts'

/** A commit that handled messages: its version, effects and kept replies, as JSON text. */
export interface Kept {
  readonly version: number
  readonly effects: readonly Effect[]
  readonly replies: string | undefined
}

export interface AnswerBook {
  /** A direct call reaches an environment. @returns what takes its answer, and when it came */
  readonly asked: (process: string, request: Envelope) => (answer: Answer, now: number) => void
  /** Requests that are settled must have been answered by these effects. */
  readonly demandAnswers: (effects: readonly Effect[], settled: readonly Message[], receiver: string) => void
  /** What a direct call commits must be found by who asks again, and done by somebody if its environment dies. */
  readonly demandKept: (handled: readonly Message[], kept: Kept, now: number) => void
  /** Requests that these effects refuse. */
  readonly refusedIn: (effects: readonly Effect[], receiver: string) => readonly Message[]
}

/** Clocks are off by this at most, and answers are under way. */
const slackMs = 300_000

export const createAnswerBook = (messages: MessageBook, violation: Violation): AnswerBook => {
  /** Of direct calls: what their commits keep. */
  const answers = new Map<string, { readonly text: string; readonly at: number }>()

  const demandOneKept = ({ id, receiver }: Message, { version, effects, replies }: Kept, now: number): void => {
    const reply = decodeReplies(replies).find((one) => one.id === digest(id))
    if (reply === undefined) violation('I2', `${receiver} committed the call ${id} without its answer`)
    else answers.set(keyOf(id, receiver), { text: reply.text, at: now })
    if (effects.length > 0 && !messages.isWoken(`${receiver}/${version}/wake`))
      violation('I5', `${receiver} committed the call ${id} with effects, and had sent no wake`)
  }

  return {
    asked: (process, request) => {
      const message = messages.expect({ ...contentOf(process, { kind: 'message', envelope: request }), kind: 'direct' })
      const again = message.applied > 0
      return (answer, now) => {
        const kept = answers.get(keyOf(message.id, message.receiver))
        if (!again || kept === undefined || JSON.stringify(answer) === kept.text) return
        if (!answer.ok && answer.code === 'reply-gone' && now - kept.at > replyKeptMs - slackMs) return
        violation(
          'I2',
          `the call ${message.id} to ${message.receiver} was answered ${kept.text}, and then ${JSON.stringify(answer)}`,
        )
      }
    },
    // Only one to whom there is no route is not answered.
    demandAnswers: (effects, settled, receiver) => {
      const sends = effects.filter((effect) => effect.kind === 'send')
      const mute = new Set(
        effects.flatMap((effect) =>
          effect.kind === 'fail' && effect.failure.reason.code === 'unknown-caller' ? [effect.failure.id] : [],
        ),
      )
      for (const { id, asker } of settled) {
        if (asker === undefined || mute.has(id)) continue
        const isAnswer = ({ type, cause, process, to }: (typeof sends)[number]): boolean =>
          type === replyType && cause === id && address(process, to) === asker
        if (!sends.some(isAnswer)) violation('I1', `${receiver} took the request ${id} of ${asker} without an answer`)
      }
    },
    demandKept: (handled, kept, now) => {
      for (const message of handled) if (message.kind === 'direct') demandOneKept(message, kept, now)
    },
    // By the callee's own choice: then nothing of it stays but the answer.
    refusedIn: (effects, receiver) =>
      effects.flatMap((effect) => {
        if (effect.kind !== 'send' || effect.type !== replyType || (effect.body as Answer).ok) return []
        return messages.find(effect.cause, receiver) ?? []
      }),
  }
}
