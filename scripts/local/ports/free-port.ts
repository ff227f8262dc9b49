import { type AddressInfo, createServer } from 'node:net'

/** A TCP port of `host`, loopback by default, that was free a moment ago: the one wanted, or any. Rejects with the system's
 *  error. */
export const freePort = async (host = '127.0.0.1', wanted = 0): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
