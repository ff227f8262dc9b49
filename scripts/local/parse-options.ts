import { UsageError } from '../command-line/usage-error.ts'
import type { Language } from '../language.ts'
import type { Variables } from '../variables/read-variables.ts'
import { localMessages } from './messages.ts'

/** The arguments of the local gateway. */
export interface Flags {
  /** `--dev`: with the embedded model, authentication off, usage records in a file. */
  readonly development: boolean
  /** Whether to read `.env` and `.env.local`; `--no-env-file` switches that off. */
  readonly envFiles: boolean
}

/** The address of the local gateway. */
export interface Address {
  readonly host: string
  readonly port: number
}

const MAX_PORT = 65_535
const FLAGS = ['--dev', '--no-env-file']

const usage = 'npm start [-- --no-env-file]'

/** Parses the arguments. @throws UsageError on an unknown one */
export const parseFlags = (argv: readonly string[], language: Language = 'en'): Flags => {
  const unknown = argv.find((argument) => !FLAGS.includes(argument))
  if (unknown !== undefined) throw new UsageError(localMessages[language].unknownArgument(unknown, FLAGS), usage)
  return { development: argv.includes('--dev'), envFiles: !argv.includes('--no-env-file') }
}

/** Reads `HOST` (default 127.0.0.1) and `PORT` (default 3000; 0 takes a free one). @throws Error if `PORT` is not a port */
export const parseAddress = (environment: Variables, language: Language = 'en'): Address => ({
  host: environment['HOST'] || '127.0.0.1',
  port: parsePort(environment['PORT'] || '3000', language),
})

const parsePort = (text: string, language: Language): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= MAX_PORT) return port
  throw new Error(localMessages[language].noPort(text, MAX_PORT))
}
