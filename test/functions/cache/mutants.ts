// Planted bugs of the cache, each to be found by its world.
import type { Mutation } from '../../proof/mutation.ts'

export interface Planted extends Mutation {
  /** A seed that found it: tried first, the others if it no longer does. */
  readonly found: number
}

export const planted: readonly Planted[] = [
  {
    name: 'what was loaded is kept whatever became of its lease',
    file: 'look-aside.ts',
    find: 'return found\n}',
    replace: 'return found ?? { ...named, id: shelf.stamps.now, at: 1_767_225_600_000, until: 0 }\n}',
    found: 24,
  },
  {
    name: 'the invalidation of a key leaves its lease',
    file: 'look-aside.ts',
    find: 'shelf.leases = shelf.leases.filter(({ key }) => !keys.includes(key))',
    replace: '',
    found: 182,
  },
  {
    name: 'the invalidation of a key leaves its entry',
    file: 'look-aside.ts',
    find: 'for (const key of keys) await drop(shelf, rows, key)',
    replace: '',
    found: 1,
  },
  {
    name: 'an entry counts from when it is filled, not from when it was read',
    file: 'look-aside.ts',
    find: 'taken === undefined || !isValid(shelf.stamps, taken.id, tags) ||',
    replace: 'taken === undefined || !isValid(shelf.stamps, (taken.id = nextEvent(shelf.stamps)), tags) ||',
    found: 196,
  },
  {
    name: 'any lease of the key will do',
    file: 'look-aside.ts',
    find: 'find(({ key, id }) => key === named.key && id === named.lease)',
    replace: 'find(({ key }) => key === named.key)',
    found: 97,
  },
  {
    name: 'who asks gets a lease while another counts',
    file: 'look-aside.ts',
    find: 'const loading = counting.find((one) => one.key === key)',
    replace: 'const loading = undefined as Lease | undefined',
    found: 10,
  },
  {
    name: 'a tag is invalidated for what comes, and not for what is there',
    file: 'tags.ts',
    find: 'fresh.map((tag): [string, number] => [tag, event])',
    replace: 'fresh.map((tag): [string, number] => [tag, 0])',
    found: 1,
  },
  {
    name: 'room is made for what was there before, and not for what comes',
    file: 'look-aside.ts',
    find: '  shelf.bytes += bytes\n  shelf.counts.fills += 1\n  await makeRoom(shelf, rows, row, bounds)',
    replace: '  await makeRoom(shelf, rows, row, bounds)\n  shelf.bytes += bytes\n  shelf.counts.fills += 1',
    found: 15,
  },
]
