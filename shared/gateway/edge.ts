import type { CorsOptions } from '../http/cors.ts'
import { consoleLog } from '../http/log.ts'
import type { ServeOptions } from '../http/server.ts'
import { type LogLevel, logLevels } from '../protocol/log.ts'

/** A process's environment: `process.env`, or a plain object in tests. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What every HTTP function needs before anything else. */
export interface Edge extends ServeOptions {
  readonly cors: CorsOptions
}

/** The variables of the edge. They are read without the schema library, because `llm-health` must start on next to nothing. */
export const edgeVariables = {
  /** Address to listen on. @zh 监听地址。 */
  HOST: (value) => value ?? '0.0.0.0',
  /** Port to listen on; the local gateway's default is 3000. @zh 监听端口；本地网关默认 3000。 */
  PORT: (value) => positiveInteger(value, 9000),
  /** Largest request body, in bytes. @zh 请求体上限（字节）。 */
  MAX_BODY_BYTES: (value) => positiveInteger(value, 6_291_456),
  /** `true` answers every origin with `access-control-allow-origin: *`, without credentials. @zh 设为 `true` 时允许所有来源跨域（不带凭证）。 */
  CORS_ALLOW_ALL: (value) => isTrue(value),
  /** Exact origins that may call from a browser, separated by commas. @zh 允许跨域的来源，逗号分隔，须完全一致。 */
  CORS_ORIGINS: (value) => listOf(value),
  /** `error`, `warn`, `info` or `debug`. @zh 日志级别：`error`、`warn`、`info` 或 `debug`。 */
  LOG_LEVEL: (value) => logLevels.find((level) => level === value?.toLowerCase()) ?? 'info',
} satisfies Record<string, (value: string | undefined) => unknown>

/** Reads a variable; blank counts as unset, because `cloudbaserc.json` turns a missing value into an empty string. */
export const variable = (environment: Variables, name: string): string | undefined =>
  environment[name]?.trim() || undefined

/** Whether a value says yes: `1`, `true`, `yes` or `on`, in any case. */
export const isTrue = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? '')

const positiveInteger = (value: string | undefined, fallback: number): number =>
  value !== undefined && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : fallback

/** The items of a comma-separated list, trimmed, without empty ones. */
export const listOf = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Reads the edge's options from the environment. A value that makes no sense counts as unset. */
export const edgeFromEnvironment = (environment: Variables): Edge => {
  const read = <Name extends keyof typeof edgeVariables>(name: Name): ReturnType<(typeof edgeVariables)[Name]> =>
    edgeVariables[name](variable(environment, name)) as ReturnType<(typeof edgeVariables)[Name]>
  return {
    host: read('HOST'),
    port: read('PORT'),
    maxBodyBytes: read('MAX_BODY_BYTES'),
    cors: { allowAll: read('CORS_ALLOW_ALL'), origins: read('CORS_ORIGINS') },
    log: consoleLog(read('LOG_LEVEL') as LogLevel),
  }
}
