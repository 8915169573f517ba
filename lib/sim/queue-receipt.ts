// Receipt handles: the queue, the number of the message in it, and what tells one receive from another.

export const makeReceipt = (queue: string, ordinal: number, id: string): string => `${queue}#${ordinal}#${id}`

/** The number of the message; undefined if the receipt is none of this queue's. */
export const ordinalIn = (queue: string, receipt: string): number | undefined => {
  if (!receipt.startsWith(`${queue}#`)) return undefined
  const ordinal = receipt.slice(queue.length + 1, receipt.indexOf('#', queue.length + 1))
  return /^\d{1,15}$/.test(ordinal) ? Number(ordinal) : undefined
}
