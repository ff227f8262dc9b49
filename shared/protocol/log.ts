/** How much is logged: each level includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const

export type LogLevel = (typeof logLevels)[number]

/** Flat fields of a log line. Never a token, key, prompt, answer or header. */
export type LogFields = { [field: string]: string | number | boolean | null | undefined }

/** Writes one log line: `event` names what happened, in snake_case. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void
