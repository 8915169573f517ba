// HTTP servers of the local cloud: on 127.0.0.1 only, and how they begin and end.
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Misconfigured } from '../core/errors.ts'

/**
 * @param port 0 takes any that is free
 * @param option of the command that chooses the port
 * @returns `http://127.0.0.1:<port>`
 * @throws Misconfigured if the port is taken
 */
export const listen = async (server: Server, port: number, option: string): Promise<string> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'EADDRINUSE' ? `port ${port} on 127.0.0.1 is taken` : `port ${port} cannot be used (${cause.message})`
    throw new Misconfigured('port-taken', `${reason}: choose another with ${option}`, { cause })
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a request under way gets to be answered; one that waits for messages would take longer. */
const farewellMs = 200

/** @param finished resolves when the work behind the requests under way is done */
export const stop = async (server: Server, finished?: Promise<unknown>): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  await finished
  const cut = setTimeout(() => server.closeAllConnections(), farewellMs)
  await closed
  clearTimeout(cut)
}
