// Signs what visitors carry, by keys that all environments share. The keys are made by the first that needs them and lie in a register.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Keys, web } from '../keys/contract.ts'
import { shortCopies } from './short-copies.ts'
import type { World } from './world.ts'

/** How long an environment goes on with keys that were changed meanwhile. */
const staleMs = 60_000

export interface Signer {
  /** A code that only the shop can make, 43 characters. `use` tells what it is for: a code of one use is none of another. */
  readonly sign: (use: string, text: string) => string
  readonly verify: (use: string, text: string, code: string) => boolean
  /** Whether it opens the admin page; undefined: nothing does. */
  readonly opens: ((secret: string) => boolean) | undefined
}

export const randomId = (): string => randomBytes(16).toString('base64url')
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

const same = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
const codeOf = (key: string, use: string, text: string): string =>
  createHmac('sha256', key).update(`${use}\n${text}`).digest('base64url')

const signerOf = ({
  signing,
  before,
  admin,
}: {
  signing: string
  before?: string | undefined
  admin?: string | undefined
}): Signer => ({
  sign: (use, text) => codeOf(signing, use, text),
  verify: (use, text, code) =>
    same(codeOf(signing, use, text), code) || (before !== undefined && same(codeOf(before, use, text), code)),
  opens: admin === undefined ? undefined : (secret) => same(digestOf(secret), admin),
})

/** @returns the signer of now */
export const signers = ({ processes, clock }: Pick<World, 'processes' | 'clock'>): (() => Promise<Signer>) => {
  const read = shortCopies(clock, staleMs, async () => {
    const seen = await processes.view(Keys, web)
    if (seen !== undefined && seen.value.signing !== '') return signerOf(seen.value)
    // Nobody has needed a key before. Several may find so at once: the register takes one, and all go on with that.
    const value = { signing: randomBytes(32).toString('base64url') }
    const swapped = await processes.call(Keys, web).CompareAndSet({ version: 0, value })
    return signerOf(swapped.set ? value : swapped.value)
  })
  return () => read('')
}
