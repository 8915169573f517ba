// Lines that say how far a run is.

const began = performance.now()

/** To standard error at once, with the seconds since the start; jest would hold back what goes to its console. */
export const report = (line: string): void => {
  process.stderr.write(`[${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s] ${line}\n`)
}
