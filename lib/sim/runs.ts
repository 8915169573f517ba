// Where the numbers of handler runs are hidden: in the state that their commit writes.

/** A user's state with the runs that the commit in the making consists of. */
export interface Probed {
  runs: readonly number[]
  state: unknown
}

/** What the probe shares with its environment. */
export interface Probe {
  /** Name of the environment. */
  readonly environment: string
  /** Runs of instances that ended in a commit that is not written yet, by address; the store empties it on each read or write. */
  readonly ends: Map<string, readonly number[]>
  /** Ends the environment, as a handler that runs out of memory does. */
  readonly die: () => void
}

/** The runs in a state as JSON text. */
export const runsIn = (state: string): readonly number[] => {
  const [, numbers = ''] = /^\{"runs":\[([0-9,]*)\]/.exec(state) ?? []
  return numbers === '' ? [] : numbers.split(',').map(Number)
}

/** A state as JSON text, with other runs in it. */
export const withRuns = (state: string, runs: readonly number[]): string =>
  state.replace(/^\{"runs":\[[0-9,]*\]/, `{"runs":[${runs.join()}]`)

/** The user's own state in a state as JSON text. */
export const stateIn = (state: string): unknown => (JSON.parse(state) as Probed).state
