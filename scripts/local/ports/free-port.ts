import { type AddressInfo, createServer } from 'node:net'

/** Returns a TCP port of `host` (default loopback) that is free: `wanted`, or any. Rejects with the system's error. */
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
