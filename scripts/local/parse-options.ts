/** How the local gateway was asked to run. */
export interface Options {
  /** `--dev`: with the embedded model, authentication off, usage records in a file. */
  readonly development: boolean
  readonly host: string
  readonly port: number
}

const MAX_PORT = 65_535

/** Reads the command line and `HOST` (default 127.0.0.1) and `PORT` (default 3000; 0 takes a free one). */
export const parseOptions = (argv: readonly string[], environment: NodeJS.ProcessEnv): Options => {
  const unknown = argv.find((argument) => argument !== '--dev')
  if (unknown !== undefined) throw new Error(`Unknown argument ${unknown}. There is one: --dev.`)
  return {
    development: argv.includes('--dev'),
    host: environment['HOST'] || '127.0.0.1',
    port: parsePort(environment['PORT'] || '3000'),
  }
}

const parsePort = (text: string): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= MAX_PORT) return port
  throw new Error(`PORT is '${text}', which is no port. Start with a number up to ${MAX_PORT}, as in PORT=3000.`)
}
