import { fieldNames } from '../../shared/models/entries/entry-schema.ts'
import { type JsonObject, parseJson } from '../../shared/runtime/json.ts'

/** Fields that are no options: other names of fields, and the key, which would stay in the history of the shell. */
const withoutOption: readonly string[] = ['custom_llm_provider', 'base_url', 'api_key']

const toOption = (field: string): string => field.replaceAll('_', '-')

const fields = fieldNames.filter((field) => !withoutOption.includes(field))

/** The options that stand for fields of an entry: `--upstream-model` is `upstream_model`. */
export const fieldOptions: Readonly<Record<string, { readonly type: 'string' }>> = Object.fromEntries(
  fields.map((field) => [toOption(field), { type: 'string' }]),
)

/** Fields that hold a number. As text they would be valid too, but a file is easier to read with numbers. */
const numberField = /^(max_\w+|weight|listed|enabled|\w+_price_per_1m)$/

/** Reads the texts of fields as their values; a blank one removes the field. Lists and objects are JSON.
 *  @throws TypeError if one is no field that is edited so */
export const readFieldTexts = (texts: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(texts).map(([field, text]) => {
      if (!fields.includes(field) || typeof text !== 'string')
        throw new TypeError(`'${field}' is no field of an entry.`)
      return [field, text.trim() === '' ? undefined : toValue(field, text.trim())]
    }),
  )

/** Returns the fields of an entry that the options of a command line set. Lists and objects are JSON. */
export const readFieldOptions = (values: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const { [toOption(field)]: text } = values
      return typeof text === 'string' ? [[field, toValue(field, text.trim())]] : []
    }),
  )

const toValue = (field: string, text: string): unknown => {
  const parsed = parseJson(text)
  const isNumber = typeof parsed === 'number' && numberField.test(field)
  return isNumber || (typeof parsed === 'object' && parsed !== null) ? parsed : text
}
