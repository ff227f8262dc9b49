import { parseJson } from '../../shared/runtime/json.ts'
import type { Language } from '../language.ts'
import { localMessages } from './messages.ts'

/** The formats of log lines on a terminal, as values of `LOG_FORMAT`: short lines for people, or JSON as deployed functions write. */
const logFormats = ['text', 'json'] as const

/** A format of log lines. */
export type LogFormat = (typeof logFormats)[number]

/** Reads `LOG_FORMAT`. Default: `text` on a terminal, or else `json`. @throws Error if the value is neither */
export const parseLogFormat = (text: string | undefined, isTerminal: boolean, language: Language = 'en'): LogFormat => {
  const given = text?.trim().toLowerCase()
  if (!given) return isTerminal ? 'text' : 'json'
  const format = logFormats.find((name) => name === given)
  if (format) return format
  throw new Error(localMessages[language].noLogFormat(given, logFormats.join(', ')))
}

type LogFields = Readonly<Record<string, unknown>>

/** Shortens a line of a function's output, `llm-models | {"level":"info",…}`, for a person. A request becomes its time, status,
 *  method, path, model, duration, tokens, points and user; another event its name and fields. A line that is no log line stays. */
export const shortenLogLine = (line: string): string => {
  const [, name = '', json = ''] = /^(\S+) \| (\{.*\})$/.exec(line) ?? []
  const fields = parseJson(json) as LogFields | undefined
  if (typeof fields?.['event'] !== 'string' || typeof fields['time'] !== 'string') return line
  const words = fields['event'] === 'request' ? formatRequest(fields) : formatEvent(name, fields)
  return [formatTime(fields['time']), ...words].filter((word) => word !== '').join(' ')
}

const formatRequest = (fields: LogFields): string[] => {
  const { status, method, path, duration_ms: duration, points, outcome, error_code: errorCode, user_id: user } = fields
  return [
    toText(status),
    toText(method),
    toText(path),
    toText(fields['gen_ai.request.model']),
    withUnit(duration, 'ms'),
    formatTokens(fields),
    withUnit(points, 'points'),
    toText(user),
    outcome === 'complete' ? '' : toText(outcome),
    toText(errorCode),
  ]
}

/** Prompt and completion, such as `20+27 tokens`; estimated ones after `~`. */
const formatTokens = (fields: LogFields): string => {
  const prompt = toText(fields['gen_ai.usage.input_tokens'])
  const completion = toText(fields['gen_ai.usage.output_tokens'])
  return prompt === '' ? '' : `${fields['estimated'] === true ? '~' : ''}${prompt}+${completion} tokens`
}

const formatEvent = (name: string, { level, event, time: _, ...fields }: LogFields): string[] => [
  toText(level),
  name,
  toText(event),
  Object.entries(fields)
    .map(([field, value]) => `${field}=${toText(value)}`)
    .join(' '),
]

const withUnit = (value: unknown, unit: string): string => (toText(value) === '' ? '' : `${toText(value)} ${unit}`)

const toText = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

/** The local time of day, to the second. */
const formatTime = (time: string): string => {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
