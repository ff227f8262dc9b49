/** Returns a one-line error with the fix, for a router that could not listen. */
export const toListenError = (error: unknown, { host, port }: { host: string; port: number }): Error => {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EADDRINUSE':
      return new Error(`Port ${port} is in use. Stop the other program or start with PORT=${getNextPort(port)}.`)
    case 'EACCES':
      return new Error(`Port ${port} needs more rights than this user has. Start with PORT=3000.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(`HOST=${host} is not an address of this machine. Start with HOST=127.0.0.1.`)
    default:
      return new Error(`Cannot listen on ${host}, port ${port}: ${message}.`)
  }
}

const getNextPort = (port: number): number => (port < 65_535 ? port + 1 : 3_000)
