// What an environment remembers of an instance after a hop.
import { describeError } from '../core/errors.ts'
import type { Scope } from './message.ts'
import { clearEffects } from './records.ts'
import type { Standing } from './standing.ts'

// Effects leave the record once they are known to be done: with the next commit of this environment, or at once where it was read cold,
// since then the next commit may well be another environment's, which would do them again. A dead letter is never copied twice where
// that can be helped: the operator may have dealt with the first.
/** @param standing whose effects are done; undefined where that is not known */
export const keep = async ({ host, cache }: Scope, instance: string, standing: Standing | undefined): Promise<void> => {
  if (standing === undefined || !standing.record.exists) return cache.delete(instance)
  const { record, cold } = standing
  const once = cold ? record.effects.length > 0 : record.effects.some((effect) => effect.kind === 'fail')
  if (!once) return cache.set(record)
  try {
    const cleared = await clearEffects(host.store, record)
    cleared === undefined ? cache.delete(instance) : cache.set(cleared)
  } catch (thrown) {
    cache.delete(instance)
    host.log.write('debug', 'effects that are done stay in the record for now', {
      instance,
      error: describeError(thrown).message,
    })
  }
}
