// What must hold once a world is quiet: the part of I1 to I9 that no single moment shows. The rest the ledger notes as it happens.
import { failedSk } from '../core/failure.ts'
import { parseAddress } from '../core/names.ts'
import type { Cloud } from './cloud.ts'
import type { Message } from './ledger.ts'
import type { Stage } from './stage.ts'

/** @returns each violation as `<invariant>: <what>`; none if all hold */
export const violationsIn = ({ ledger, time }: Stage, cloud: Cloud): readonly string[] => {
  const queued = [...cloud.processes()].flatMap(({ name, mailboxes, deadLetter }) => {
    const counts = mailboxes.map((mailbox) => mailbox.counts(time.now()))
    const waiting = counts.reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0)
    return [
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
        accepted === 0 || applied > 0 || kept || gone,
        `I1: ${id} to ${receiver} was accepted, and is neither applied nor kept`,
      ),
      // Past the horizon nobody can say any more whether a message was applied: it is kept, never applied on a guess.
      ...unless(applied === 0 || !kept || code === 'too-old', `I2: ${id} was applied to ${receiver}, and is kept as failed`),
      ...unless(!kept || isThere(message), `I1: ${receiver} kept ${id} as failed, and its item is gone`),
      ...unless(!kept || copied || gone, `I1: ${receiver} kept ${id} as failed, and the dead-letter queue has no copy`),
    ]
  })
  return [...ledger.violations(), ...ledger.undone().map((sentence) => `I5: ${sentence}`), ...queued, ...fates]
}

const unless = (holds: boolean, violation: string): readonly string[] => (holds ? [] : [violation])
