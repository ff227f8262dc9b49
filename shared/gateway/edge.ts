import type { CorsOptions } from '../http/cors.ts'
import type { ServeOptions } from '../http/server.ts'
import { type LogLevel, logLevels } from '../protocol/log.ts'
import type { Redactor } from '../protocol/redact.ts'
import { ownLog } from './own-log.ts'

/** A process's environment: `process.env`, or a plain object in tests. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What every HTTP function needs before anything else. */
export interface Edge extends ServeOptions {
  readonly cors: CorsOptions
  /** Knows every secret of the environment, and learns those of the model map. */
  readonly redactor: Redactor
}

/** How a variable of the edge is read. */
interface EdgeVariable<Value> {
  readonly fallback: Value
  /** Its value; undefined when the text makes no sense. */
  readonly read: (text: string) => Value | undefined
  /** Completes "<variable> …" for the log. */
  readonly must: string
}

const positiveInteger = (fallback: number): EdgeVariable<number> => ({
  fallback,
  read: (text) => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined),
  must: 'must be a whole number above zero',
})

const address: EdgeVariable<string> = { fallback: '0.0.0.0', read: (text) => text, must: '' }
const flag: EdgeVariable<boolean> = { fallback: false, read: (text) => isTrue(text), must: '' }

const originList: EdgeVariable<readonly string[]> = {
  fallback: [],
  read: (text) => {
    const origins = listOf(text).map((item) => (URL.canParse(item) ? new URL(item).origin : 'null'))
    return origins.some((origin) => origin === 'null' || origin.includes('*')) ? undefined : origins
  },
  must: 'must be origins such as https://app.example.com, separated by commas',
}

const logLevel: EdgeVariable<LogLevel> = {
  fallback: 'info',
  read: (text) => logLevels.find((level) => level === text.toLowerCase()),
  must: `must be one of ${logLevels.join(', ')}`,
}

/** The variables of the edge. They are read without the schema library, because `llm-health` must start on next to nothing. */
export const edgeVariables = {
  /** Address to listen on. @zh 监听地址。 */
  HOST: address,
  /** Port to listen on; the local gateway's default is 3000. @zh 监听端口；本地网关默认 3000。 */
  PORT: positiveInteger(9000),
  /** Largest request body, in bytes. @zh 请求体上限（字节）。 */
  MAX_BODY_BYTES: positiveInteger(6_291_456),
  /** `true` answers every origin with `access-control-allow-origin: *`, without credentials. @zh 设为 `true` 时允许所有来源跨域（不带凭证）。 */
  CORS_ALLOW_ALL: flag,
  /** Origins that may call from a browser, separated by commas. @zh 允许跨域的来源（如 `https://app.example.com`），逗号分隔。 */
  CORS_ORIGINS: originList,
  /** `error`, `warn`, `info` or `debug`. @zh 日志级别：`error`、`warn`、`info` 或 `debug`。 */
  LOG_LEVEL: logLevel,
}

/** Reads a variable; blank counts as unset, because `cloudbaserc.json` turns a missing value into an empty string. */
export const variable = (environment: Variables, name: string): string | undefined =>
  environment[name]?.trim() || undefined

/** Whether a value says yes: `1`, `true`, `yes` or `on`, in any case. */
export const isTrue = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? '')

/** The items of a comma-separated list, trimmed, without empty ones. */
export const listOf = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Reads the edge's options from the environment. A value that makes no sense counts as unset and is named in the log. */
export const edgeFromEnvironment = (environment: Variables): Edge => {
  const { level, ignored, ...options } = readEdge(environment)
  const edge = { ...options, ...ownLog(environment, level) }
  for (const fields of ignored) edge.log('warn', 'variable_ignored', fields)
  return edge
}

/** What the environment says of the edge, before there is a log. */
export interface EdgeReading extends Omit<Edge, 'log' | 'redactor'> {
  readonly level: LogLevel
  /** Variables whose values make no sense and count as unset. */
  readonly ignored: readonly { readonly variable: string; readonly problem: string }[]
}

/** Reads the variables of the edge. */
export const readEdge = (environment: Variables): EdgeReading => {
  const ignored: { readonly variable: string; readonly problem: string }[] = []
  const read = <Value>(
    name: keyof typeof edgeVariables,
    { fallback, read: readText, must }: EdgeVariable<Value>,
  ): Value => {
    const text = variable(environment, name)
    const value = text === undefined ? fallback : readText(text)
    if (value === undefined) ignored.push({ variable: name, problem: must })
    return value ?? fallback
  }
  const { HOST, PORT, MAX_BODY_BYTES, CORS_ALLOW_ALL, CORS_ORIGINS, LOG_LEVEL } = edgeVariables
  return {
    host: read('HOST', HOST),
    port: read('PORT', PORT),
    maxBodyBytes: read('MAX_BODY_BYTES', MAX_BODY_BYTES),
    cors: { allowAll: read('CORS_ALLOW_ALL', CORS_ALLOW_ALL), origins: read('CORS_ORIGINS', CORS_ORIGINS) },
    level: read('LOG_LEVEL', LOG_LEVEL),
    ignored,
  }
}
