// Which keys of a trace a cache of so many entries would hold, under the policies of the literature: what the real one is measured by.

/** Asks for a key, and keeps it. @returns whether it was there */
export type Policy = (key: number) => boolean

export const fifo = (entriesMax: number): Policy => {
  const kept = new Set<number>()
  return (key) => {
    if (kept.has(key)) return true
    if (kept.size >= entriesMax) kept.delete(kept.values().next().value as number)
    kept.add(key)
    return false
  }
}

export const lru = (entriesMax: number): Policy => {
  const kept = new Set<number>()
  return (key) => {
    const hit = kept.delete(key)
    if (!hit && kept.size >= entriesMax) kept.delete(kept.values().next().value as number)
    kept.add(key)
    return hit
  }
}

/** Source: Zhang et al., "SIEVE is simpler than LRU", NSDI 2024. Every hit sets the mark at once. */
export const sieve = (entriesMax: number): Policy => {
  interface Node {
    readonly key: number
    visited: boolean
    newer: Node | undefined
    older: Node | undefined
  }
  const kept = new Map<number, Node>()
  let head: Node | undefined
  let tail: Node | undefined
  let hand: Node | undefined
  const remove = (node: Node): void => {
    kept.delete(node.key)
    if (node.newer === undefined) head = node.older
    else node.newer.older = node.older
    if (node.older === undefined) tail = node.newer
    else node.older.newer = node.newer
  }
  const evict = (): void => {
    let node = hand ?? tail
    while (node?.visited) {
      node.visited = false
      node = node.newer ?? tail
    }
    if (node === undefined) return
    hand = node.newer
    remove(node)
  }
  return (key) => {
    const found = kept.get(key)
    if (found !== undefined) {
      found.visited = true
      return true
    }
    if (kept.size >= entriesMax) evict()
    const node: Node = { key, visited: false, newer: undefined, older: head }
    if (head !== undefined) head.newer = node
    head = node
    tail ??= node
    kept.set(key, node)
    return false
  }
}
