// Each planted bug is found by the world of the cache.
import { huntClaims } from '../../proof/hunt-claims.ts'
import { planted } from './mutants.ts'

huntClaims(planted, new URL('./planting.ts', import.meta.url))
