// The person who looks after what has failed for good: redrives it while things still go wrong, by a control message or by the dead-letter
// queue's own move, sometimes twice and sometimes too late; and once they do not any more, until nothing stands still.
import { address } from '../core/names.ts'
import { redriveType } from '../core/waits.ts'
import type { Item } from '../ports/store.ts'
import { mendedFor } from './held.ts'
import { keyOf } from './message-book.ts'
import type { Random } from './random.ts'
import type { Stage } from './stage.ts'
import type { World } from './world.ts'

/** What an operator's hands can do. */
export interface Console {
  /** Puts a control message on the mailbox of a process; one of the same id is the same message. */
  readonly tell: (
    process: string,
    instance: string,
    control: { readonly type: string; readonly id: string; readonly body: object },
  ) => void
  /** Moves all dead letters of a process back to its mailbox, as StartMessageMoveTask does. */
  readonly move: (process: string) => void
}

/** A person looks at a failure within so long. */
const noticedMsMax = 1_800_000
/** Says it once more within so long: past what SQS swallows. */
const againMsMax = 1_200_000
/** Moves of one process at most: each brings all its dead letters back. */
const movesMax = 2
/** Who has seen it fail so often leaves it. */
const roundsTriedMax = 3
/** Nobody tries so many again before they are mended: each is tried several times, and holds up what comes after. */
const failuresMax = 30
const shares = { move: 0.35, twice: 0.3, stale: 0.3, mends: 0.5 } as const

/** @returns hears of each item that is written */
export const createOperator = (
  { time, faults, random }: Stage,
  { tell, move }: Console,
): ((process: string, written: Item) => void) => {
  const dice = random.stream('operator')
  const moved = new Map<string, number>()
  const failures = new Map<string, number>()
  let said = 0
  return (process, { pk, sk, attributes }) => {
    if (!/^failed\/[0-9a-f]+(~[0-9]+)?$/.test(sk)) return
    failures.set(process, (failures.get(process) ?? 0) + 1)
    const isFew = (): boolean => (failures.get(process) ?? 0) <= failuresMax
    if (!isFew()) return
    const id = String(attributes.id)
    const key = keyOf(id, address(process, pk))
    // What is malformed comes back as it went.
    if (attributes.code === 'malformed' || Number(attributes.round ?? 0) >= roundsTriedMax) return
    if (!faults.strikes('redrive', key)) return
    const later = (msMax: number, act: () => void): void => time.after(dice.int(msMax), () => faults.active() && act())
    const redrive = (number: number): void => tell(process, pk, { type: redriveType, id: `operator/${number}`, body: { id } })
    later(noticedMsMax, () => {
      if (dice.chance(shares.mends)) faults.mend(attributes.code === 'not-sent' ? mendedFor(id) : key)
      const moves = moved.get(process) ?? 0
      if (isFew() && moves < movesMax && dice.chance(shares.move)) {
        moved.set(process, moves + 1)
        return move(process)
      }
      const number = ++said
      redrive(number)
      if (dice.chance(shares.twice)) later(againMsMax, () => redrive(number))
      // Whoever looks at an old list.
      if (dice.chance(shares.stale)) later(againMsMax, () => redrive(++said))
    })
  }
}

export interface Attendance {
  /** How often what an instance stands still on is redriven. Default 2. */
  readonly redrives?: number
  /** Whether what has failed so often is given up, so that what waits behind it goes on. Default false. */
  readonly discards?: boolean
}

/** However often messages fail one behind the other, this many are looked at. */
const roundsMax = 60

/**
 * What a person does once nothing goes wrong any more: corrects the code, mends the queues, and redrives what instances stand still on, or
 * could not send, until there is none. Time goes on meanwhile.
 */
export const attend = async (
  world: World,
  random: Random,
  { redrives = 2, discards = false }: Attendance = {},
): Promise<void> => {
  world.mend()
  const tried = new Map<string, number>()
  for (let round = 0; round < roundsMax; round += 1) {
    const standing = world.failed().filter(({ process, instance, id, parked, code }) => {
      const times = tried.get(`${process}/${instance} ${id}`) ?? 0
      return (parked || code === 'not-sent') && (times < redrives || discards)
    })
    if (standing.length === 0) return
    for (const one of standing) {
      const key = `${one.process}/${one.instance} ${one.id}`
      const times = tried.get(key) ?? 0
      tried.set(key, times + 1)
      if (times >= redrives) world.discard(one, { why: 'it fails each time' })
      // At first by whatever is at hand.
      else if (times === 0 && standing.length <= failuresMax && world.failed().length <= failuresMax && random.chance(0.3))
        world.moveDeadLetters(one.process)
      else world.redrive(one)
    }
    await world.run()
  }
}
