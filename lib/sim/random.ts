// Chance from a seed: the same seed gives the same draws. Streams are independent by name, so that one more draw in one place moves no other.

// Globals are looked up slowly in the contexts that tests run in, and these are called for every draw.
const { imul, floor } = Math

/** A stream of pseudo-random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** Uniform integer, 0 ≤ n < `end`. */
  readonly int: (end: number) => number
  /** Uniform integer, `least` ≤ n ≤ `most`. */
  readonly between: (least: number, most: number) => number
  /** True with probability `p`; draws nothing where p is 0. */
  readonly chance: (p: number) => boolean
  /** One of `list`, which must not be empty. */
  readonly pick: <T>(list: readonly T[]) => T
  /** A new stream that depends on the seed and on `name`, not on what was drawn before. */
  readonly stream: (name: string) => Random
}

/** FNV-1a with a final mix, 32 bits: text to a seed. */
export const hashText = (text: string, basis = 0x811c9dc5): number => {
  let hash = basis
  for (let n = 0; n < text.length; n += 1) hash = imul(hash ^ text.charCodeAt(n), 0x01000193)
  hash ^= hash >>> 16
  hash = imul(hash, 0x45d9f3b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** @param seed any integer; its low 32 bits count */
export const createRandom = (seed: number): Random => {
  // Mulberry32 (Tommy Ettinger): 32 bits of state, passes gjrand at the lengths that a simulation draws.
  let state = imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (end: number): number => floor(next() * end)
  return {
    next,
    int,
    between: (least, most) => least + int(most - least + 1),
    chance: (p) => p > 0 && next() < p,
    pick: (list) => list[int(list.length)] as (typeof list)[number],
    stream: (name) => createRandom(hashText(name, (seed ^ 0x811c9dc5) >>> 0)),
  }
}
