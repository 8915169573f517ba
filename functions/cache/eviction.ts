// What has to go when room is short.
//
// A hit writes nothing, so nobody is there to move what was used: clients tell of it with what they fill, and it sets a mark. What is new is
// on probation: when so many more have come, it goes unless it has been used. Beyond that a hand goes round over all others, takes the marks and
// removes what has none.
import { type Entry, isGood, type Rows, remove, type Shelf } from './shelf.ts'
import { keyOf, Visited, young } from './visited.ts'

export interface Bounds {
  readonly bytesMax: number
  /** Of one entry; at most `bytesMax`. */
  readonly entryBytesMax: number
  /** ms since 1970. */
  readonly now: number
}

/** Entries on probation: at most so many, nor more than a fourth of all. */
const youngMax = 64
const youngShare = 0.25
/** Entries that the hand reads at once, and that it passes for their use at most before one goes that was used too. */
const handful = 4
const passedMax = 64
/** The rest of a round, one that takes the marks of use, one that spares nothing: then there is room. */
const roundsMax = 3

/** What one making of room goes by. */
interface Room extends Bounds {
  readonly shelf: Shelf
  readonly rows: Rows
  readonly visited: Visited
  /** The oldest first. */
  readonly newest: string[]
  /** The row that room is made for. */
  readonly put: string
}

/** Begins the probation of a row that was just put, and removes others until all is within the bound. */
export const makeRoom = async (shelf: Shelf, rows: Rows, put: string, bounds: Bounds): Promise<void> => {
  const visited = new Visited(shelf.visited)
  visited.set(keyOf(put), false)
  const newest = [...young.read(shelf.young), young.of(put)]
  const room: Room = { ...bounds, shelf, rows, visited, newest, put }
  const kept = Math.max(1, Math.min(youngMax, Math.floor(shelf.entries * youngShare)))
  while (newest.length > kept) {
    const oldest = newest.shift() as string
    if (isShort(room)) await judge(room, oldest)
  }
  await turnHand(room)
  shelf.young = young.write(newest)
  shelf.visited = visited.toString()
}

const isShort = ({ shelf, bytesMax }: Room): boolean => shelf.bytes > bytesMax

const evict = ({ shelf, rows }: Room, row: string, entry: Entry): void => {
  remove(shelf, rows, row, entry)
  shelf.counts.evictions += 1
}

// What has been used in time stays, and is the hand's from now on.
const judge = async (room: Room, oldest: string): Promise<void> => {
  const { shelf, rows, visited, newest, now } = room
  const [first] = (await rows.range({ from: oldest, limit: 1 })).rows
  if (first === undefined || young.of(first.key) !== oldest || newest.includes(oldest)) return
  if (!isGood(shelf, first.value, now) || !visited.has(keyOf(first.key))) evict(room, first.key, first.value)
}

const turnHand = async (room: Room): Promise<void> => {
  const { shelf, rows, put } = room
  const patience = { passed: 0, rounds: 0 }
  while (isShort(room) && patience.rounds < roundsMax) {
    const { rows: next } = await rows.range({ ...(shelf.hand !== '' && { from: shelf.hand }), limit: handful })
    if (next.length === 0) {
      shelf.hand = ''
      patience.rounds += 1
    }
    for (const { key: row, value: entry } of next) {
      if (!isShort(room)) return
      shelf.hand = `${row}\0`
      if (row !== put && !isSpared(room, row, entry, patience)) evict(room, row, entry)
    }
  }
}

// Whether the hand passes an entry; if for its use, that is used up.
const isSpared = (
  { shelf, visited, newest, now }: Room,
  row: string,
  entry: Entry,
  patience: { passed: number; readonly rounds: number },
): boolean => {
  if (patience.rounds === roundsMax - 1 || !isGood(shelf, entry, now)) return false
  if (newest.includes(young.of(row))) return true
  if (!visited.has(keyOf(row)) || patience.passed >= passedMax) return false
  visited.set(keyOf(row), false)
  patience.passed += 1
  return true
}
