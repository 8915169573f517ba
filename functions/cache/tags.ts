// Invalidation by tag and as a whole: stamps in the order of events, which entries are judged by when they are read.
//
// To forget what bears a tag is one stamp, however many entries that is. Stamps are bounded: the oldest go, and leave the floor, a stamp of every
// tag that has none of its own. So an entry may be taken for invalid that is not, and never the other way round.
import * as v from 'valibot'
import { whole } from '../amounts.ts'

/** Tags that have a stamp of their own. */
const stampsMax = 200

export const stampsSchema = v.strictObject({
  /** The latest event. */
  now: whole,
  /** When all was forgotten. */
  cleared: whole,
  floor: whole,
  /** By ascending event. */
  tags: v.array(v.strictTuple([v.string(), whole])),
})
export type Stamps = v.InferOutput<typeof stampsSchema>

export const noStamps = (): Stamps => ({ now: 0, cleared: 0, floor: 0, tags: [] })

/** The number of a new event, higher than all before. */
export const nextEvent = (stamps: Stamps): number => {
  stamps.now += 1
  return stamps.now
}

/** Whether what was read at the event `since` counts still. */
export const isValid = ({ cleared, floor, tags }: Stamps, since: number, of: readonly string[]): boolean =>
  since > cleared && of.every((tag) => since > (tags.find(([one]) => one === tag)?.[1] ?? floor))

/** Forgets all that bears one of the tags. */
export const stamp = (stamps: Stamps, given: readonly string[]): void => {
  const event = nextEvent(stamps)
  const fresh = [...new Set(given)]
  stamps.tags = [...stamps.tags.filter(([tag]) => !fresh.includes(tag)), ...fresh.map((tag): [string, number] => [tag, event])]
  const gone = stamps.tags.splice(0, Math.max(0, stamps.tags.length - stampsMax))
  stamps.floor = gone.at(-1)?.[1] ?? stamps.floor
}
