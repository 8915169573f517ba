// A workload on the clean path, one message after the other, and what it may cost (I9).
import type { World } from '../../lib/sim/index.ts'
import { Hub } from './corners.ts'

const alone = 60
const together = 10

/** Messages to one instance, each when the last is done; every fifth sends three on to another; then ten at once. */
export const steady = async (world: World): Promise<void> => {
  for (let n = 0; n < alone; n += 1) {
    if (n % 5 === 4) world.send(Hub, 'a').Burst({ to: 'yard', ids: ['b'], count: 3, bytes: 0 })
    else world.send(Hub, 'a').Tally()
    await world.advance('1m')
  }
  for (let n = 0; n < together; n += 1) world.send(Hub, 'a').Tally()
}

/** One read an instance, as long as its environment lives; one write a commit; one write for the dozens of ids that leave a window. */
const readsMax = 2
const writesMax = alone + alone / 5 + 1 + 2

export const withinBudget = {
  'a current record costs no read and one write': ({ calls: { reads, queries, writes, refused } }: World) => [
    ...(reads + queries <= readsMax ? [] : [`${reads} reads and ${queries} queries, at most ${readsMax}`]),
    ...(writes <= writesMax ? [] : [`${writes} writes, at most ${writesMax}`]),
    ...(refused === 0 ? [] : [`${refused} writes were refused`]),
  ],
}
