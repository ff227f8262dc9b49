import type { CorsOptions } from '../../../http/cors.ts'
import { type LogLevel, logLevels } from '../../../runtime/log.ts'
import {
  booleanVariable,
  integerVariable,
  oneOf,
  readVariables,
  splitList,
  textWithDefault,
  type Variable,
  type VariableProblem,
  type Variables,
} from './variable.ts'

const originList: Variable<readonly string[]> = {
  fallback: [],
  read: (text) => {
    const origins = splitList(text).map((item) => (URL.canParse(item) ? new URL(item).origin : 'null'))
    return origins.some((origin) => origin === 'null' || origin.includes('*')) ? undefined : origins
  },
  must: 'must be origins such as https://app.example.com, separated by commas',
}

const logLevel: Variable<LogLevel> = {
  ...oneOf(logLevels, 'info'),
  read: (text) => logLevels.find((level) => level === text.toLowerCase()),
}

/** The variables of the HTTP server. They are apart from the others (`environment.ts`), because `llm-health` must load little.
 *  `npm run docs` copies the docblocks into docs/configuration.md. */
export const serverVariables = {
  /** Address to listen on. The local gateway defaults to `127.0.0.1`. */
  HOST: textWithDefault('0.0.0.0'),
  /** Port to listen on. The local gateway defaults to 3000. */
  PORT: integerVariable(9000, { least: 1, most: 65_535 }),
  /** Largest request body, in bytes. */
  MAX_BODY_BYTES: integerVariable(6_291_456, { least: 1, most: 2_147_483_647 }),
  /** `true` allows every origin (`access-control-allow-origin: *`), without credentials. */
  CORS_ALLOW_ALL: booleanVariable(),
  /** Origins that may call from a browser, separated by commas, such as `https://app.example.com`. */
  CORS_ORIGINS: originList,
  /** Least important level that is logged: `error`, `warn`, `info` or `debug`. */
  LOG_LEVEL: logLevel,
}

/** The server's options in the environment, read before there is a log. */
export interface ServerValues {
  readonly host: string
  readonly port: number
  readonly cors: CorsOptions
  readonly maxBodyBytes: number
  readonly level: LogLevel
  readonly problems: readonly VariableProblem[]
}

/** Reads the variables of the server. */
export const readServerVariables = (environment: Variables): ServerValues => {
  const { values, problems } = readVariables(serverVariables, environment)
  return {
    host: values.HOST,
    port: values.PORT,
    maxBodyBytes: values.MAX_BODY_BYTES,
    cors: { allowAll: values.CORS_ALLOW_ALL, origins: values.CORS_ORIGINS },
    level: values.LOG_LEVEL,
    problems,
  }
}
