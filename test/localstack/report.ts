// Lines that say how far a run is.

/** To standard error at once, with the time of day; jest would hold back what goes to its console. */
export const report = (line: string): void => {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`)
}
