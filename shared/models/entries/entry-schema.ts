import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseBoolean, parseList } from '../../runtime/parse-text.ts'

/** How one field of an entry is read: its value, or undefined when it is not what it must be. */
interface FieldReader<Value> {
  readonly read: (value: unknown) => Value | undefined
  /** Completes "Its <field> must …". */
  readonly must: string
  /** The field that it is another name for. */
  readonly standsFor?: string
}

const textField = (longest: number, shape: RegExp, must: string): FieldReader<string> => ({
  read: (value) => {
    const trimmed = typeof value === 'string' ? value.trim() : ''
    return trimmed.length <= longest && shape.test(trimmed) ? trimmed : undefined
  },
  must: `${must}, of at most ${longest} characters`,
})

const choiceField = <const Value extends string>(values: readonly Value[]): FieldReader<Value> => ({
  read: (value) => values.find((known) => known === value),
  must: `be one of ${values.join(', ')}`,
})

const provider = textField(64, /^[a-z0-9][\w.-]*$/i, 'be a name of letters, digits, dots and hyphens')
const address = textField(2048, /^[^\p{Cc}\s]+$/u, 'be a URL without blanks')

/** A decimal number as tables (`DECIMAL` comes as text), files and people write it; kept as text, so that it stays exact. */
const price: FieldReader<string> = {
  read: (value) => {
    const decimal = toDigits(value)
    return /^\d{1,9}(\.\d{1,12})?$/.test(decimal) ? decimal : undefined
  },
  must: 'be a decimal number, zero or above',
}

const toDigits = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''

const positiveInteger: FieldReader<number> = {
  read: (value) => (/^[1-9]\d{0,8}$/.test(toDigits(value)) ? Number(value) : undefined),
  must: 'be a whole number above zero',
}

const object: FieldReader<JsonObject> = {
  read: (value) => {
    const parsed = typeof value === 'string' ? parseJson(value) : value
    return isObject(parsed) ? parsed : undefined
  },
  must: 'be a JSON object',
}

const nameList = (what: string): FieldReader<readonly string[]> => ({
  read: (value) => {
    const parsed = typeof value === 'string' ? (parseJson(value) ?? parseList(value)) : value
    if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === 'string')) return undefined
    return parsed.map((item) => item.trim()).filter((item) => item !== '')
  },
  must: `be a list of ${what}, as a JSON array or separated by commas`,
})

/** Sources leave out what is switched off; what is no text switches nothing off. */
const enabled: FieldReader<boolean> = {
  read: (value) => (typeof value === 'string' ? parseBoolean(value) : true),
  must: 'be 1 or 0, true or false, yes or no, on or off',
}

/** The fields of a model map's entry, under one name in files, the environment and tables. Each may be missing.
 *  `custom_llm_provider` and `base_url` are the original's other names for `provider` and `api_base`. A header carries the key,
 *  so it is visible ASCII (RFC 9110, 5.5). JSON columns come parsed from some servers and as text from others. What a usage record
 *  names, `provider` and `upstream_model`, is no longer than the column that holds it there. */
const entryFields = {
  enabled,
  provider,
  custom_llm_provider: { ...provider, standsFor: 'provider' },
  api_base: address,
  base_url: { ...address, standsFor: 'api_base' },
  api_version: textField(64, /^[\w.-]+$/, 'be a version such as 2024-10-21'),
  api_key_env: textField(128, /^[A-Z_]\w*$/i, 'be the name of an environment variable'),
  api_key: textField(4096, /^[\x21-\x7e]+$/, 'be printable ASCII without blanks'),
  upstream_model: textField(255, /^\P{Cc}+$/u, 'be a name without line breaks'),
  completions_mode: choiceField(['auto', 'native', 'chat']),
  stream_usage: choiceField(['auto', 'force', 'off']),
  default_params: object,
  drop_params: nameList('field names'),
  allowed_groups: nameList('group names'),
  max_tokens: positiveInteger,
  input_price_per_1m: price,
  output_price_per_1m: price,
  cache_price_per_1m: price,
} as const

type Fields = typeof entryFields

/** A model map's entry whose fields are each well-formed. */
export type Entry = {
  -readonly [Name in Exclude<
    keyof Fields,
    'enabled' | 'custom_llm_provider' | 'base_url'
  >]?: Fields[Name] extends FieldReader<infer Value> ? Value : never
}

const readers: ReadonlyMap<string, FieldReader<unknown>> = new Map(Object.entries(entryFields))

/** What else an entry may hold: what the table has for itself. */
const otherFields: ReadonlySet<string> = new Set(['id', 'model_name', 'created_at', 'updated_at'])

/** Reads an entry; the reason, as a sentence, when one of its fields is not usable. Null and blank count as absent. Names of
 *  fields that mean nothing here are added to `unknown`; those that begin with an underscore are comments. Plain readers instead
 *  of a schema, because a table may hold ten thousand rows (docs/decisions/0021-models-by-the-thousand.md). */
export const parseEntry = (fields: JsonObject, unknown: Set<string>): Entry | string => {
  const entry: Record<string, unknown> = {}
  for (const name in fields) {
    const field = readers.get(name)
    if (!field) noteUnknown(name, unknown)
    else if (!isAbsent(fields[name])) {
      const value = field.read(fields[name])
      if (value === undefined) return `Its ${name} must ${field.must}.`
      if (field.standsFor) entry[field.standsFor] ??= value
      else entry[name] = value
    }
  }
  return entry
}

const noteUnknown = (name: string, unknown: Set<string>): void => {
  if (!otherFields.has(name) && !name.startsWith('_')) unknown.add(name)
}

const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
