// An instance of the distributed cache: a share of the keys, in rows. It loads nothing itself: whoever misses gets a lease, and fills it.
import { defineProcess, type Process } from '../../lib/index.ts'
import { Cache, keyBytesMax, valueBytesMax } from './contract.ts'
import { clear, fill, get, invalidate, noteHits, release } from './look-aside.ts'
import { emptyShelf, entrySchema, shelfSchema } from './shelf.ts'

const definition = defineProcess(Cache, {
  state: shelfSchema,
  rows: entrySchema,
  // A cache that stands still on a message would serve what is old. Timers are for calls that leave something to be done: a lease is state alone.
  deploy: { onFailure: 'setAside', timers: false },
})

/** What each instance keeps at most. */
const bytesMax = 32_000_000

/** @param bounds `bytesMax`: what one instance keeps at most */
export const cacheOf = (bounds: { readonly bytesMax: number }): Process<typeof Cache, typeof shelfSchema> => {
  const entryBytesMax = Math.min(bounds.bytesMax, valueBytesMax + 2 * keyBytesMax)
  return definition.handle({
    initial: emptyShelf,
    on: {
      async Changed({ state, rows }, { collection, key }) {
        const one = `${collection}/${key}`
        await invalidate(state, rows, { keys: Buffer.byteLength(one) > keyBytesMax ? [] : [one], tags: [collection] })
      },
      async Fill({ state, rows, now }, { hits, ...loaded }) {
        if (hits !== undefined) noteHits(state, hits)
        await fill(state, rows, loaded, { ...bounds, entryBytesMax, now: now.getTime() })
      },
      Release: ({ state }, named) => release(state, named),
      Invalidate: ({ state, rows }, what) => invalidate(state, rows, what),
      Clear: ({ state }) => clear(state),
    },
    answer: {
      Get: ({ state, rows, now }, { key, leaseMs }) => get(state, rows, { key, leaseMs, now: now.getTime() }),
      Stats: ({ state: { counts, entries, bytes } }) => ({ ...counts, entries, bytes, ...bounds }),
    },
  })
}

export const cache = cacheOf({ bytesMax })
