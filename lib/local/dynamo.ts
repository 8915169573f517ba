// DynamoDB of the local cloud: dynalite on disk, given requests by the cloud's own HTTP server.
// LevelDB hands every write to the kernel before it answers, so what was acknowledged outlives a killed process.
import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import dynalite from 'dynalite'

export interface Dynamo {
  readonly handle: RequestListener
  readonly close: () => Promise<void>
}

/** @param path a folder that holds a LevelDB store, or nothing */
export const openDynamo = (path: string): Dynamo => {
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  return {
    handle: (request, response) => {
      void bodyOf(request).then((body) => {
        if (body === undefined) return
        // Dynalite throws, where nobody catches it, when a client goes away; what it gets here cannot go away.
        const replay = Object.assign(new EventEmitter(), { method: request.method, url: request.url, headers: request.headers })
        try {
          server.emit('request', replay, response)
          replay.emit('data', body)
          replay.emit('end')
        } catch {
          // It trips over requests that no SDK makes.
          response.writeHead(400).end()
        }
      })
    },
    close: async () => {
      // It closes its store only after it has listened.
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      await new Promise<void>((resolve, reject) => server.close((fault) => (fault ? reject(fault) : resolve())))
    },
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } catch {
    return undefined
  }
}
