// Every bound of the protocol by name; units stand last in the name.

/** SQS: "The maximum size is 1,048,576 bytes or 1 MiB" for a message, and for a batch in sum (SendMessageBatch). */
export const messageBytesMax = 1_048_576
/** SQS: a batch holds at most ten entries. */
export const batchEntriesMax = 10
/** A body within a queue message; the rest is for the envelope around it. */
export const bodyBytesMax = messageBytesMax - 8192
/** DynamoDB: an item holds at most 400 KB; room is left for names, seen ids and the view. */
export const itemBytesMax = 400_000
/** A part of a record longer than this is paged. */
export const inlineBytesMax = 120_000
/** Parts of a record that lie in its item, in sum. */
export const inlineSumMax = 240_000
/** One page of a paged part. */
export const pageBytesMax = 350_000
/** State larger than this belongs in rows or in several instances. */
export const stateBytesMax = 4_000_000
/** A published view is one attribute of the record. */
export const viewBytesMax = 32_000
/** Message ids that a record holds before the oldest move to a segment. */
export const seenWindowMax = 40
/** Ids that move at once: one segment write per so many messages. */
export const seenEvicted = 24
/** Past this age an unknown message is set aside: 90 days. */
export const horizonMs = 90 * 24 * 3600 * 1000
/** What an instance may hold that no queue takes before it stands still on it, whatever its process says. */
export const heldBytesMax = 4_000_000
/** Levels that a message may be nested, so that no stack overflows on it. */
export const depthMax = 200
/** How far ahead of this clock a send time may be: a day. Times from the future would move the floor there. */
export const aheadMsMax = 24 * 3600 * 1000
/** Deliveries of one message that are tried before it has failed for good. */
export const attemptsDefault = 5
/** A chain of messages longer than this is set aside: it feeds itself. */
export const hopsMax = 1000
/** Lost version races that one invocation bears for one instance. */
export const conflictsMax = 8
/** What an envelope adds to a body in the record, roughly: with it the sends of one handler are bounded in number too. */
export const envelopeBytes = 300
/** Instances that one invocation has in hand at once. */
export const hopsAtOnce = 100
/** Batches to one queue that are under way at once. */
export const batchesAtOnce = 8
/** Rounds of a batch send before what is left counts as failed. */
export const sendRoundsMax = 4
/** SQS: a message group id has at most 128 characters; an instance id is one. */
export const instanceIdLengthMax = 128
/** A client's key; it stands in the message id and in its dead letter's attributes. */
export const keyLengthMax = 256
/** Instances whose failing messages are counted at once on one record. */
export const attemptsKeptMax = 100
/** Evicted ids that an environment remembers to have found. */
export const foundKeptMax = 10_000
/** SQS: visibility timeout of one message, at most 12 hours. */
export const visibilitySecondsMax = 43_200
/** A message id: sender's address, version and index. */
export const messageIdLengthMax = 512
/** The latest time a message may claim, ms since 1970: it is packed into 46 bits (the year 4199). */
export const instantMax = 2 ** 46
/** Messages of one instance that one commit takes: their ids must fit the record. */
export const unitMessagesMax = 500
/** What one handler may send in sum; a commit that holds half of it takes no more messages. */
export const effectsBytesMax = 8_000_000
/** Internal messages of one instance that are under way at once. */
export const awaitedMax = 2000
/** SQS: a message is delayed by at most 15 minutes; longer timers are schedules. */
export const delaySecondsMax = 900
/** How far ahead a timer may be due. */
export const timerMsMax = 366 * 24 * 3600 * 1000
/** EventBridge Scheduler: a target's payload has at most 256 KB; the rest is for the envelope. */
export const timerBodyBytesMax = 200_000
export const timerNameLengthMax = 64
/** Timers and unanswered calls of one instance. */
export const timersMax = 1000
/** A round of a monitor: timers are not more exact. */
export const roundMsMin = 1000
/** Restarts and second redrives of one instance that a supervisor's word brings about, unless its process says otherwise. */
export const restartsDefault = { most: 5, within: '1h' } as const
/** Orders over the limit of which is told, within its time. */
export const refusalsToldMax = 100
/** How long the answer to a direct call is kept for whoever asks again under its key. */
export const replyKeptMs = 3_600_000
/** Answers that a record holds before the oldest move to items of their own, and their bytes in sum. */
export const repliesMax = 16
export const repliesBytesMax = 24_000
/** An answer that is kept must fit an item. */
export const replyBytesMax = 300_000
/** How long a wake waits for the commit that it was sent for: one under way may land late. */
export const wakeMsMax = 900_000
/** Receives of one wake before another takes its place: long before SQS gives it up, after 1,000. */
export const wakeReceivesMax = 50
/** Flows of one instance that run at once, and messages that wait for one of them to receive them. */
export const flowsMax = 1000
export const unreceivedMax = 1000
/** Invocations that are at one flow at once, as far as the record knows them by name. */
export const takersMax = 50
/** All journals of one instance in sum, as JSON. */
export const journalBytesMax = 8_000_000
/** A row's value as JSON: it must fit an item. */
export const rowBytesMax = 300_000
/** DynamoDB: a sort key has at most 1,024 bytes; a row's stands behind a prefix. */
export const rowKeyLengthMax = 512
export const rowKeyBytesMax = 1000
/** Rows of one answer to a range, and their bytes in sum: one that would be longer ends before. */
export const rowsRangedDefault = 100
export const rowsRangedMax = 1000
export const rowsRangedBytesMax = 4_000_000
/** Keys that are read at once. */
export const rowsReadMax = 1000
/** What a row that is written counts at least towards `effectsBytesMax`: with it the rows of one handler are bounded in number, to 1,000. */
export const rowWeightLeast = 8000
/** Rows that one commit sweeps away of an instance that has ended, and those that it looks at for them. */
export const rowsSweptMax = 250
/**
 * How long the tombstone of a deleted row stays. It must outlive any write that is still under way: an invocation takes 15 minutes at most.
 */
export const rowTombstoneMs = 24 * 3600 * 1000
/** Rows that are written at once. */
export const rowsAtOnce = 25
/** Tries of a flow's step, and the wait before the second. */
export const stepAttemptsDefault = 5
export const stepDelayDefault = '1s'
