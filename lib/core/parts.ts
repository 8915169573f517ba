// Parts of the framework that not every process uses. Who bundles a function knows its definition and defines the names of those that it has no
// use for; the code asks for these names, and bundlers leave out what stands behind them. Unbundled, none is defined.
//
// What a definition names by a function of the framework (`flow`, `breaker`) needs none of this: it comes with that function.
import type { Blueprint, Deployment } from './definition.ts'

/** What to define where a process is bundled, as esbuild's `define` takes it. @param deploy as it is deployed */
export const partsWithout = (
  { rows, limit, contract }: Pick<Blueprint, 'rows' | 'limit' | 'contract'>,
  { timers }: Pick<Deployment, 'timers'>,
): { readonly [name: string]: string } => ({
  ...(rows === undefined && { GAVOTTE_WITHOUT_ROWS: 'true' }),
  ...(limit === undefined && { GAVOTTE_WITHOUT_LIMIT: 'true' }),
  ...(Object.keys(contract.calls).length === 0 && { GAVOTTE_WITHOUT_CALLS: 'true' }),
  ...(!timers && { GAVOTTE_WITHOUT_TIMERS: 'true' }),
})
