// Addresses on the command line.
import { instanceIdFault, parseAddress } from '../core/names.ts'
import { UsageError } from './failure.ts'

/** The partition of messages that name no instance may be looked at as well. @throws UsageError */
export const readAddress = (text: string): { readonly process: string; readonly instance: string } => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new UsageError(`"${text}" names no instance: write PROCESS/INSTANCE, as in order/42`)
  return parsed
}

/** As `readAddress`, of an instance that can be sent to. */
export const demandAddress = (text: string): { readonly process: string; readonly instance: string } => {
  const parsed = readAddress(text)
  const fault = instanceIdFault(parsed.instance)
  if (fault !== undefined) throw new UsageError(`"${text}": ${fault}`)
  return parsed
}
