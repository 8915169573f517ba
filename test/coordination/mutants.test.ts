// Each planted bug is found by the trial that it is planted for.
import { huntClaims } from '../proof/hunt-claims.ts'
import { planted } from './mutants.ts'

huntClaims(planted, new URL('./planting.ts', import.meta.url))
