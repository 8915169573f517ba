// What the processes of the storm do: work for some milliseconds, and say of those who are no part of it how long they waited.
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { type Contract, type Deploy, defineProcess } from '../../../lib/index.ts'

/** The messages of each. */
export const work = { Do: z.object({ quiet: z.boolean() }) }

export const workingAs = <N extends string>(of: Contract<N, typeof work, {}, undefined>, deploy: Deploy = {}) =>
  defineProcess(of, { state: z.strictObject({ count: z.int() }), deploy }).handle({
    initial: () => ({ count: 0 }),
    on: {
      async Do(ctx, { quiet }) {
        if (quiet) ctx.log('waited', { waitedMs: Date.now() - ctx.now.getTime() })
        await sleep(5)
        ctx.state.count += 1
      },
    },
  })
