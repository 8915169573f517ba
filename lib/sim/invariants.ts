// What must hold once a world is quiet: the part of I1 to I9 that no single moment shows. The rest the ledger notes as it happens.
import { digest } from '../core/digest.ts'
import type { Envelope } from '../core/envelope.ts'
import { failedSk } from '../core/failure.ts'
import { parseAddress } from '../core/names.ts'
import type { Cloud, Deployed } from './cloud.ts'
import type { Message } from './ledger.ts'
import type { Stage } from './stage.ts'
import { mayBeLate } from './waits.ts'

/** @returns each violation as `<invariant>: <what>`; none if all hold */
export const violationsIn = ({ ledger, time }: Stage, cloud: Cloud): readonly string[] => {
  const queued = [...cloud.processes()].flatMap(({ name, mailboxes, deadLetter, timers }) => {
    const counts = mailboxes.map((mailbox) => mailbox.counts(time.now()))
    const waiting = counts.reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0)
    const late = timers?.queue.counts(time.now())
    const fired = (late?.visible ?? 0) + (late?.inFlight ?? 0)
    return [
      ...unless(fired === 0, `I5: ${fired} timers of ${name} have fired, and nobody has taken them`),
      ...unless(waiting === 0, `I5: ${waiting} messages are still in the mailbox of ${name}`),
      ...unless(deadLetter.counts(time.now()).inFlight === 0, `I5: ${name} reads its dead-letter queue`),
    ]
  })
  const isThere = ({ id, receiver }: Message): boolean => {
    const { process = '', instance = '' } = parseAddress(receiver) ?? {}
    return cloud.process(process).table.get(instance, failedSk(id), time.now())?.attributes.id === id
  }
  const fates = [...ledger.messages()].flatMap((message) => {
    const { id, receiver, accepted, applied, expired, givenUp, unnamed } = message
    const { code, copied } = ledger.kept(message)
    const kept = code !== undefined
    // What has no name but that of its queue message gets another when it is redriven, and is kept under that one.
    const gone = expired === true || (givenUp === true && unnamed === true)
    return [
      ...unless(
        accepted === 0 || applied > 0 || kept || gone || mayBeLate(message),
        `I1: ${id} to ${receiver} was accepted, and is neither applied nor kept`,
      ),
      // Past the horizon nobody can say any more whether a message was applied: it is kept, never applied on a guess. A flow that fails
      // was begun by its first message, and is kept under it.
      ...unless(
        applied === 0 || !kept || code === 'too-old' || code === 'flow-failed',
        `I2: ${id} was applied to ${receiver}, and is kept as failed`,
      ),
      ...unless(!kept || isThere(message), `I1: ${receiver} kept ${id} as failed, and its item is gone`),
      ...unless(!kept || copied || gone, `I1: ${receiver} kept ${id} as failed, and the dead-letter queue has no copy`),
    ]
  })
  const undone = [...ledger.undone(), ...ledger.stranded()].map((sentence) => `I5: ${sentence}`)
  return [...ledger.violations(), ...undone, ...queued, ...fates, ...strandedIn(ledger, cloud, time.now())]
}

// Whatever a record lists must come: it is on the timer queue, or the scheduler has it.
const strandedIn = (ledger: Stage['ledger'], cloud: Cloud, now: number): readonly string[] => {
  const coming = new Set([...cloud.processes()].flatMap((deployed) => comingTo(deployed, now)))
  const lost = new Set<string>()
  for (const { kind, id, receiver } of ledger.messages())
    if (kind === 'timer' && ledger.isLost(id, receiver)) lost.add(digest(id))
  return [...ledger.waits()].flatMap(([receiver, { timers }]) =>
    [...timers].flatMap(([name, { id }]) =>
      unless(coming.has(id) || lost.has(id), `I5: ${receiver} lists the timer ${name}, and nothing will bring it`),
    ),
  )
}

/** Timers on their way, as records name them. */
const comingTo = ({ timers }: Deployed, now: number): readonly string[] => {
  if (timers === undefined) return []
  const queued = [...timers.queue.record(now)].flatMap((change) => (change.kind === 'stored' ? [change.message.body] : []))
  const scheduled = [...timers.scheduler.waiting()].map(({ body }) => body)
  return [...queued, ...scheduled].map((body) => digest((JSON.parse(body) as Envelope).id))
}

const unless = (holds: boolean, violation: string): readonly string[] => (holds ? [] : [violation])
