// What an operator may write down once and run each morning: redrive what met an outage, give up what is noise, count the rest.
import type { Operator } from '../../lib/aws/index.ts'

/** @returns how many are left for a person */
export const nightShift = async (operator: Pick<Operator, 'failed' | 'redrive' | 'discard'>, since: number): Promise<number> => {
  let left = 0
  for await (const message of operator.failed({ since })) {
    const { code, reason, parked } = message
    if (code === 'handler-failed' && reason.includes('payment service is down')) {
      const result = await operator.redrive(message, { by: 'night shift', why: 'the payment service is back' })
      if (result.kind !== 'done') left++
    } else if (code === 'malformed') {
      await operator.discard(message, { by: 'night shift', why: 'not a message' })
    } else {
      left++
      console.log(`${message.process}/${message.instance}: ${reason} (${parked?.stashed ?? 0} wait behind it)`)
    }
  }
  return left
}
