// What the local cloud uses of dynalite, which brings no types.
declare module 'dynalite' {
  import type { Server } from 'node:http'

  interface Options {
    /** Folder of the LevelDB store; in memory without it. */
    readonly path: string
    readonly createTableMs: number
    readonly deleteTableMs: number
    readonly updateTableMs: number
  }
  /** An HTTP server that is not listening yet; its `close` closes the store as well, but only once it has listened. */
  const dynalite: (options: Options) => Server
  export default dynalite
}
