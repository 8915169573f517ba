// Bounded concurrency: so many at once, the next as one ends.

/** @returns what `work` made of each item, in their order. Rejects with the first that rejects, when no other is under way any more */
export const pooled = async <T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    try {
      for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n] as T)
    } finally {
      // What would go on after the invocation might be thawed hours later.
      next = items.length
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results
}
