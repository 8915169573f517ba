// What must hold once a world is quiet: the part of I1 to I9 that no single moment shows. The rest the ledger notes as it happens.
import { digest } from '../core/digest.ts'
import type { Envelope } from '../core/envelope.ts'
import { failedSk } from '../core/failure.ts'
import { failedIdOf } from '../core/held.ts'
import { address, groupOf, parseAddress } from '../core/names.ts'
import { stashSk } from '../core/park.ts'
import { noWaits } from '../core/waits.ts'
import type { Item } from '../ports/store.ts'
import type { Cloud, Deployed } from './cloud.ts'
import { keyOf, type Message } from './message-book.ts'
import type { QueueModel } from './queue.ts'
import { checkRows } from './rows.ts'
import type { Stage } from './stage.ts'
import { isWaitedFor, mayBeLate } from './waits.ts'

/** @returns each violation as `<invariant>: <what>`; none if all hold */
export const violationsIn = ({ ledger, rates, time }: Stage, cloud: Cloud): readonly string[] => {
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
  const letters = new Map([...cloud.processes()].map(({ name, deadLetter }) => [name, lettersOn(deadLetter, time.now())]))
  const isStashed = stashedMessages(ledger)
  const listing = new Map(ledger.waits())
  // It leaves no run: what its flow waits for is listed until it has come.
  const cameToFlow = (message: Message, isOfFlow: boolean): boolean =>
    isOfFlow && !isWaitedFor(listing.get(message.receiver) ?? noWaits, message)
  const fates = [...ledger.messages()].flatMap((message) => {
    const { id, receiver, accepted, applied, expired, givenUp, unnamed, asker } = message
    const { process = '', instance = '' } = parseAddress(receiver) ?? {}
    const { code, was, how, round, copied, isOfFlow } = ledger.kept(message)
    const kept = code !== undefined
    const item = kept ? cloud.process(process).table.get(instance, failedSk(id, round), time.now()) : undefined
    // What has no name but that of its queue message gets another when it is redriven, and is kept under that one.
    const gone = expired === true || (givenUp === true && unnamed === true)
    // Moved back, these are not tried again, and their copies are spent.
    // One too long for a copy went as a note, which is no message when it is moved back.
    const wasNote = Number(item?.attributes.pages ?? 0) >= 3
    const staysSo =
      wasNote ||
      unnamed === true ||
      asker !== undefined ||
      isOfFlow ||
      ['not-asked', 'too-old', 'flow-failed'].includes(code ?? '')
    const isOut = applied > 0 || kept || how === 'discarded' || isStashed.has(message)
    return [
      ...unless(
        accepted === 0 ||
          isOut ||
          gone ||
          // The copy of one that was not sent is no message, but the wish that it be sent.
          was === 'not-sent' ||
          (mayBeLate(message) && (how === undefined || was === 'not-asked' || cameToFlow(message, isOfFlow))),
        `I1: ${id} to ${receiver} was accepted, and is neither applied nor kept${how === undefined ? '' : `: it was ${how}`}`,
      ),
      // Past the horizon nobody can say any more whether a message was applied: it is kept, never applied on a guess. A flow that fails
      // was begun by its first message, and is kept under it.
      ...unless(
        applied === 0 || !kept || code === 'too-old' || code === 'flow-failed',
        `I2: ${id} was applied to ${receiver}, and is kept as failed`,
      ),
      ...unless(applied === 0 || !isStashed.has(message), `I2: ${id} was applied to ${receiver}, and is stashed`),
      ...unless(!kept || item?.attributes.id === id, `I1: ${receiver} kept ${id} as failed, and its item is gone`),
      ...unless(
        !kept ||
          gone ||
          ledger.hasForgotten(receiver) ||
          staysSo ||
          (copied &&
            (isPast(item, time.now()) ||
              letters.get(process)?.has(keyOf(id, groupOf(instance, cloud.process(process).deadLetter.settings.fifo))) === true)),
        `I1: ${receiver} kept ${id} as failed, and the dead-letter queue has no copy`,
      ),
    ]
  })
  const undone = [...ledger.undone(), ...ledger.stranded()].map((sentence) => `I5: ${sentence}`)
  return [
    ...ledger.violations(),
    ...rates.passed(ledger.isCommitted).map((sentence) => `rate: ${sentence}`),
    ...undone,
    ...queued,
    ...fates,
    ...stashesIn(ledger, cloud, time.now()),
    ...strandedIn(ledger, cloud, time.now()),
    ...heldIn(ledger),
    ...checkRows(ledger, cloud, time.now()),
  ]
}

const stashedMessages = (ledger: Stage['ledger']): ReadonlySet<Message> =>
  new Set([...ledger.stashes()].flatMap(([, , messages]) => messages.filter((message) => message !== undefined)))

/** Dead letters by the id of the message and its group. */
const lettersOn = (queue: QueueModel, now: number): ReadonlySet<string> =>
  new Set(
    [...queue.record(now)].flatMap((change) => {
      if (change.kind !== 'stored') return []
      const { attributes, group = '' } = change.message
      const { id } = attributes ?? {}
      return id !== undefined && 'stringValue' in id ? [keyOf(id.stringValue, group)] : []
    }),
  )

/** Whether the dead-letter queue may have forgotten it. */
const isPast = (item: Item | undefined, now: number): boolean => now - Number(item?.attributes.at ?? 0) > 13 * 24 * 3_600_000

// Who stands still has all that waits behind; who does not has nothing left to drain.
const stashesIn = (ledger: Stage['ledger'], cloud: Cloud, now: number): readonly string[] =>
  [...ledger.stashes()].flatMap(([receiver, { parked, first, next, still }, messages]) => {
    const { process = '', instance = '' } = parseAddress(receiver) ?? {}
    const { table } = cloud.process(process)
    return [
      ...unless(
        parked !== undefined || still === true || first === next || ledger.hasForgotten(receiver),
        `I5: ${receiver} does not stand still, and has not drained ${next - first} messages`,
      ),
      ...messages.flatMap((message, n) =>
        unless(
          table.get(instance, stashSk(first + n), now) !== undefined || ledger.hasForgotten(receiver),
          `I1: ${message?.id} is gone from the stash of ${receiver}`,
        ),
      ),
    ]
  })

// Of what is held for one receiver the operator is told of the first.
const heldIn = (ledger: Stage['ledger']): readonly string[] =>
  [...ledger.held()].flatMap(([receiver, held]) =>
    [...Map.groupBy(held, ({ id, process, to, due }) => (due === undefined ? address(process, to) : id)).values()].flatMap(
      ([head]) =>
        unless(
          head === undefined || ledger.kept({ id: failedIdOf(head), receiver }).code === 'not-sent',
          `I1: ${receiver} holds ${head?.id}, and nobody is told of it`,
        ),
    ),
  )

// Whatever a record lists must come: it is on the timer queue, the scheduler has it, or it is stashed.
const strandedIn = (ledger: Stage['ledger'], cloud: Cloud, now: number): readonly string[] => {
  const coming = new Set([...cloud.processes()].flatMap((deployed) => comingTo(deployed, now)))
  for (const { id } of stashedMessages(ledger)) coming.add(digest(id))
  for (const [, held] of ledger.held()) for (const { id } of held) coming.add(digest(id))
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
