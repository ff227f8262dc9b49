import type { Language } from '../language.ts'
import { localMessages } from './messages.ts'
import type { Address } from './parse-options.ts'

/** Returns a one-line error with the fix, for a router that could not listen. */
export const toListenError = (error: unknown, { host, port }: Address, language: Language = 'en'): Error => {
  const { code, message } = error as NodeJS.ErrnoException
  const messages = localMessages[language]
  switch (code) {
    case 'EADDRINUSE':
      return new Error(messages.portInUse(port, getNextPort(port)))
    case 'EACCES':
      return new Error(messages.portRefused(port))
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(messages.unknownHost(host))
    default:
      return new Error(messages.cannotListen(host, port, message))
  }
}

const getNextPort = (port: number): number => (port < 65_535 ? port + 1 : 3_000)
