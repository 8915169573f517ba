// All planted bugs. What cannot break anything is not among them; docs/guarantees.md says which and why.
import type { Mutant } from './mutant.ts'
import { commits } from './mutants/commits.ts'
import { effects } from './mutants/effects.ts'
import { failures } from './mutants/failures.ts'
import { flows } from './mutants/flows.ts'
import { held } from './mutants/held.ts'
import { pages } from './mutants/pages.ts'
import { parks } from './mutants/parks.ts'
import { pressure } from './mutants/pressure.ts'
import { rows } from './mutants/rows.ts'
import { seen } from './mutants/seen.ts'
import { waits } from './mutants/waits.ts'
import { watches } from './mutants/watches.ts'

export const mutants: readonly Mutant[] = [
  ...commits,
  ...effects,
  ...seen,
  ...failures,
  ...pages,
  ...waits,
  ...parks,
  ...flows,
  ...rows,
  ...watches,
  ...pressure,
  ...held,
]
