// What is measured of a process, by the names that its alarms and its dashboard know.

/**
 * `Hops`: commits. `Messages`: taken by a handler. `Duplicates`: dropped as seen. `Conflicts`: version races lost. `SetAside`: messages
 * that failed for good. `Retries`: tries that failed and will be repeated. `Recovered`: records whose effects were performed for an
 * invocation that did not come to its end. `Stashed`: messages put off behind one that the instance stands still on. `Limited`: messages
 * over their rate, which come again later. `Unavailable`: messages that come again later since a service outside is down. `LateReplies`:
 * answers dropped since nobody waits for them any more. `RowReads`: rows that handlers have asked the table for, a range counting as one.
 * `RowWrites`: rows that were written or deleted. `Latency`: from a message's send to its handling, ms; the others are counts.
 */
export const metrics = [
  'Hops',
  'Messages',
  'Duplicates',
  'Conflicts',
  'SetAside',
  'Retries',
  'Recovered',
  'Stashed',
  'Limited',
  'Unavailable',
  'LateReplies',
  'RowReads',
  'RowWrites',
  'Latency',
] as const
export type Metric = (typeof metrics)[number]

/** As CloudWatch names it. */
export const unitOf = (metric: Metric): 'Count' | 'Milliseconds' => (metric === 'Latency' ? 'Milliseconds' : 'Count')
