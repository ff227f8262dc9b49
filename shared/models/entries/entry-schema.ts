import { moderationModes, switchReasons } from '../../protocol/route.ts'
import { isDecimal, parseDecimal, parseWhole } from '../../runtime/decimal.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseBoolean, parseList } from '../../runtime/parse-text.ts'
import type { Result } from '../../runtime/result.ts'

/** How one field of an entry is read. */
interface FieldReader<Value> {
  /** Returns undefined if the value is not usable. */
  readonly read: (value: unknown) => Value | undefined
  /** Completes "Its <field> must …". */
  readonly must: string
  /** The field whose other name it is. */
  readonly aliasFor?: string
}

const textField = (maxLength: number, shape: RegExp, must: string): FieldReader<string> => ({
  read: (value) => {
    const trimmed = typeof value === 'string' ? value.trim() : ''
    return trimmed.length <= maxLength && shape.test(trimmed) ? trimmed : undefined
  },
  must: `${must}, of at most ${maxLength} characters`,
})

const choiceField = <const Value extends string>(values: readonly Value[]): FieldReader<Value> => ({
  read: (value) => values.find((known) => known === value),
  must: `be one of ${values.join(', ')}`,
})

const provider = textField(64, /^[a-z0-9][\w.-]*$/i, 'be a name of letters, digits, dots and hyphens')
const address = textField(2048, /^[^\p{Cc}\s]+$/u, 'be a URL without blanks')

/** A decimal number, as text or as a number: `DECIMAL` columns come as text. It stays text, so that it stays exact. */
const price: FieldReader<string> = {
  read: (value) => {
    const decimal = toDigits(value)
    return isDecimal(decimal) ? decimal : undefined
  },
  must: 'be a decimal number, zero or above',
}

const toDigits = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''

const positiveInteger: FieldReader<number> = {
  read: (value) => {
    const number = parseWhole(toDigits(value)) ?? 0
    return number >= 1 && number <= 999_999_999 ? number : undefined
  },
  must: 'be a whole number above zero',
}

const object: FieldReader<JsonObject> = {
  read: (value) => {
    const parsed = typeof value === 'string' ? parseJson(value) : value
    return isObject(parsed) ? parsed : undefined
  },
  must: 'be a JSON object',
}

const readNames = (value: unknown): string[] | undefined => {
  const parsed = typeof value === 'string' ? (parseJson(value) ?? parseList(value)) : value
  if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === 'string')) return undefined
  return parsed.map((item) => item.trim()).filter((item) => item !== '')
}

const nameList = (items: string): FieldReader<readonly string[]> => ({
  read: readNames,
  must: `be a list of ${items}, as a JSON array or separated by commas`,
})

const choiceList = <const Value extends string>(values: readonly Value[]): FieldReader<readonly Value[]> => ({
  read: (value) => {
    const names = readNames(value)
    const known = values.filter((name) => names?.includes(name))
    return names?.every((name) => known.some((one) => one === name)) ? known : undefined
  },
  must: `be a list of ${values.join(', ')}, as a JSON array or separated by commas`,
})

/** Most variables hold one key. The names of several are separated by commas. */
const keyVariables: FieldReader<readonly string[]> = {
  read: (value) => {
    const names = typeof value === 'string' ? [...new Set(parseList(value))] : []
    return names.length > 0 && names.every((name) => /^[A-Z_]\w{0,127}$/i.test(name)) ? names : undefined
  },
  must: 'be the name of an environment variable, of at most 128 characters, or several names separated by commas',
}

/** Reads the objects of `targets`, as JSON text or parsed. Returns undefined for anything else. */
export const readTargetList = (value: unknown): readonly JsonObject[] | undefined => {
  const parsed = typeof value === 'string' ? parseJson(value) : value
  return Array.isArray(parsed) && parsed.every(isObject) ? parsed : undefined
}

const objectList: FieldReader<readonly JsonObject[]> = {
  read: readTargetList,
  must: 'be a JSON array of objects',
}

const weight: FieldReader<number> = {
  read: (value) => {
    const decimal = parseDecimal(toDigits(value))
    return decimal && Number(decimal.units) / 10 ** decimal.scale
  },
  must: 'be a number, zero or above',
}

/** Something that is on or off. `BIT(1)` is a buffer. */
const flag: FieldReader<boolean> = {
  read: (value) => {
    if (typeof value === 'string') return parseBoolean(value)
    return !(value === false || value === 0 || (value instanceof Uint8Array && value[0] === 0))
  },
  must: 'be 1 or 0, true or false, yes or no, on or off',
}

/** The fields of a model map's entry: the same in files, the environment and tables. Each may be missing.
 *  `custom_llm_provider` and `base_url` are the original's other names for `provider` and `api_base`. A header carries
 *  the key, so it is visible ASCII (RFC 9110, 5.5). JSON columns come parsed from some servers and as text from others.
 *  `provider` and `upstream_model` are also columns of a usage record, whose lengths bound them. */
const entryFields = {
  enabled: flag,
  listed: flag,
  provider,
  custom_llm_provider: { ...provider, aliasFor: 'provider' },
  api_base: address,
  base_url: { ...address, aliasFor: 'api_base' },
  api_version: textField(64, /^[\w.-]+$/, 'be a version such as 2024-10-21'),
  api_key_env: keyVariables,
  api_key: textField(4096, /^[\x21-\x7e]+$/, 'be printable ASCII without blanks'),
  upstream_model: textField(255, /^\P{Cc}+$/u, 'be a name without line breaks'),
  completions_mode: choiceField(['auto', 'native', 'chat']),
  stream_usage: choiceField(['auto', 'force', 'off']),
  thinking: choiceField(['auto', 'on', 'off']),
  json_schema: choiceField(['native', 'prompt']),
  default_params: object,
  drop_params: nameList('field names'),
  allowed_groups: nameList('group names'),
  system_prompt: textField(20_000, /\S/, 'be a text'),
  client_system: choiceField(['keep', 'drop', 'refuse']),
  allowed_params: nameList('field names'),
  max_prompt_tokens: positiveInteger,
  moderation: choiceField(moderationModes),
  max_tokens: positiveInteger,
  max_batch: positiveInteger,
  messages_base: address,
  responses_base: address,
  input_price_per_1m: price,
  output_price_per_1m: price,
  cache_price_per_1m: price,
  search_price_per_1k: price,
  targets: objectList,
  fallbacks: nameList('model names'),
  weight,
  max_concurrency: positiveInteger,
  switch_on: choiceList(switchReasons),
} as const

type Fields = typeof entryFields

/** A model map's entry, each field well-formed. */
export type Entry = {
  -readonly [Name in Exclude<keyof Fields, 'custom_llm_provider' | 'base_url'>]?: Fields[Name] extends FieldReader<
    infer Value
  >
    ? Value
    : never
}

/** The names of all fields. */
export const fieldNames: readonly string[] = Object.keys(entryFields)

const readers: ReadonlyMap<string, FieldReader<unknown>> = new Map(Object.entries(entryFields))

/** Columns of the table that are no fields of an entry. */
const otherFields: ReadonlySet<string> = new Set(['id', 'model_name', 'created_at', 'updated_at'])

/** Reads an entry. Null and blank count as absent. Unknown field names are added to `unknown`, except comments: names
 *  that begin with an underscore. Plain readers instead of a schema library, because a table may hold ten thousand rows
 *  (docs/decisions/0021-models-by-the-thousand.md). */
export const parseEntry = (fields: JsonObject, unknown: Set<string>): Result<Entry> => {
  const entry: Record<string, unknown> = {}
  for (const name in fields) {
    const field = readers.get(name)
    if (!field) noteUnknown(name, unknown)
    else if (!isAbsent(fields[name])) {
      const value = field.read(fields[name])
      if (value === undefined) return { problem: `Its ${name} must ${field.must}.` }
      if (field.aliasFor) entry[field.aliasFor] ??= value
      else entry[name] = value
    }
  }
  return { value: entry }
}

const noteUnknown = (name: string, unknown: Set<string>): void => {
  if (!otherFields.has(name) && !name.startsWith('_')) unknown.add(name)
}

const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
