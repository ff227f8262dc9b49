import { isObject, type JsonObject } from '../runtime/json.ts'

/** Finds where a value breaks a JSON schema (2020-12). Returns a sentence that begins with the JSON Pointer of the
 *  place; undefined if the value is valid. It checks the keywords of OpenAI's structured outputs but `pattern` and
 *  `format`: clients write the schemas, and a pattern can keep an instance busy for hours. For the same reason a check
 *  ends after `maxSteps`. Unknown keywords are ignored, as the standard requires. */
export const findSchemaProblem = (value: unknown, schema: unknown): string | undefined => {
  let steps = 0
  const spend = (count: number): void => {
    steps += count
    if (steps > maxSteps) throw new TooComplexError()
  }
  try {
    return checkValue({ value, schema, path: '', depth: 0 }, { root: schema, spend })
  } catch (error) {
    if (error instanceof TooComplexError) return 'The schema is too complex to check.'
    throw error
  }
}

const maxSteps = 100_000
const maxSchemaDepth = 256

/** Characters that are counted in the time of one step, about. */
const charactersPerStep = 16

class TooComplexError extends Error {}

/** A value and the schema that it must match. */
interface Place {
  readonly value: unknown
  readonly schema: unknown
  /** JSON Pointer of the value. */
  readonly path: string
  readonly depth: number
}

interface Context {
  readonly root: unknown
  /** Counts steps. */
  readonly spend: (count: number) => void
}

/** Returns the problem of a place with one keyword of its schema. */
type CheckKeyword = (place: Place, argument: unknown, context: Context) => string | undefined

const checkValue = (place: Place, context: Context): string | undefined => {
  const { schema, path, depth } = place
  context.spend(1)
  if (depth > maxSchemaDepth) throw new TooComplexError()
  if (schema === false) return `${path || '/'} is not allowed.`
  if (!isObject(schema)) return undefined
  for (const keyword of Object.keys(schema)) {
    const problem = keywords.get(keyword)?.(place, schema[keyword], context)
    if (problem !== undefined) return problem
  }
  return undefined
}

const toSentence = ({ path }: Place, must: string): string => `${path || '/'} must ${must}.`

const typeChecks: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  array: Array.isArray,
  object: isObject,
}

const checkType: CheckKeyword = (place, names) => {
  const list: unknown[] = Array.isArray(names) ? names : [names]
  const isKnown = list.every((name) => typeof name === 'string' && Object.hasOwn(typeChecks, name))
  if (!isKnown || list.some((name) => typeChecks[name as string]?.(place.value))) return undefined
  return toSentence(place, `be of type ${list.join(' or ')}`)
}

/** Whether two JSON values are equal; the order of names does not count. */
const isEqual = (one: unknown, other: unknown, spend: Context['spend']): boolean => {
  spend(1)
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  const names = Object.keys(one)
  if (Array.isArray(one) !== Array.isArray(other) || names.length !== Object.keys(other).length) return false
  return names.every(
    (name) => Object.hasOwn(other, name) && isEqual(Reflect.get(one, name), Reflect.get(other, name), spend),
  )
}

const checkConst: CheckKeyword = (place, value, { spend }) =>
  isEqual(value, place.value, spend) ? undefined : toSentence(place, 'be the value of const')

const checkEnum: CheckKeyword = (place, values, { spend }) => {
  if (!Array.isArray(values)) return undefined
  return values.some((each) => isEqual(each, place.value, spend)) ? undefined : toSentence(place, 'be a value of enum')
}

const checkRequired: CheckKeyword = (place, names) => {
  if (!isObject(place.value) || !Array.isArray(names)) return undefined
  const missing = names.find((name) => typeof name === 'string' && !Object.hasOwn(place.value as object, name))
  return missing === undefined ? undefined : toSentence(place, `have the property ${JSON.stringify(missing)}`)
}

const checkMember = (place: Place, key: string | number, schema: unknown, context: Context): string | undefined => {
  const value = (place.value as Readonly<Record<string | number, unknown>>)[key]
  const name = String(key).replaceAll('~', '~0').replaceAll('/', '~1')
  return checkValue({ value, schema, path: `${place.path}/${name}`, depth: place.depth + 1 }, context)
}

const findFirstProblem = <Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => string | undefined,
): string | undefined => {
  for (const [index, item] of items.entries()) {
    const problem = find(item, index)
    if (problem !== undefined) return problem
  }
  return undefined
}

const checkProperties: CheckKeyword = (place, properties, context) => {
  if (!isObject(place.value) || !isObject(properties)) return undefined
  const present = Object.keys(properties).filter((name) => Object.hasOwn(place.value as object, name))
  return findFirstProblem(present, (name) => checkMember(place, name, properties[name], context))
}

const checkAdditional: CheckKeyword = (place, schema, context) => {
  const { properties } = place.schema as JsonObject
  // Whether a name matches one of the patterns is not known, because patterns are not run.
  if (!isObject(place.value) || isObject((place.schema as JsonObject)['patternProperties'])) return undefined
  const known = isObject(properties) ? properties : {}
  const additional = Object.keys(place.value).filter((name) => !Object.hasOwn(known, name))
  return findFirstProblem(additional, (name) => checkMember(place, name, schema, context))
}

const checkItems: CheckKeyword = (place, schema, context) => {
  const { prefixItems } = place.schema as JsonObject
  const first = Array.isArray(prefixItems) ? prefixItems.length : 0
  if (!Array.isArray(place.value)) return undefined
  return findFirstProblem(place.value.slice(first), (_, index) => checkMember(place, first + index, schema, context))
}

const checkPrefix: CheckKeyword = (place, schemas, context) => {
  const { value } = place
  if (!Array.isArray(value) || !Array.isArray(schemas)) return undefined
  return findFirstProblem(schemas.slice(0, value.length), (schema, index) => checkMember(place, index, schema, context))
}

const checkSame = (place: Place, schema: unknown, context: Context): string | undefined =>
  checkValue({ ...place, schema, depth: place.depth + 1 }, context)

const countMatches = (place: Place, schemas: readonly unknown[], context: Context): number =>
  schemas.filter((schema) => checkSame(place, schema, context) === undefined).length

const checkAnyOf: CheckKeyword = (place, schemas, context) => {
  if (!Array.isArray(schemas) || schemas.some((schema) => checkSame(place, schema, context) === undefined))
    return undefined
  return toSentence(place, 'match a schema of anyOf')
}

const checkOneOf: CheckKeyword = (place, schemas, context) =>
  Array.isArray(schemas) && countMatches(place, schemas, context) !== 1
    ? toSentence(place, 'match exactly one schema of oneOf')
    : undefined

const checkAllOf: CheckKeyword = (place, schemas, context) =>
  Array.isArray(schemas) ? findFirstProblem(schemas, (schema) => checkSame(place, schema, context)) : undefined

/** Only references within the schema are followed: `#` and JSON Pointers such as `#/$defs/step`. */
const checkRef: CheckKeyword = (place, reference, context) => {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined
  let target = context.root
  for (const name of reference.split('/').slice(1)) {
    const key = decodePointer(name)
    target =
      typeof target === 'object' && target !== null && Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined
  }
  return checkSame(place, target, context)
}

const decodePointer = (name: string): string => {
  const plain = name.replaceAll('~1', '/').replaceAll('~0', '~')
  return URL.canParse(`a:${plain}`) && /^([^%]|%[0-7][\da-f])*$/i.test(plain) ? decodeURIComponent(plain) : plain
}

const checkNumber =
  (isMet: (value: number, bound: number) => boolean, must: string): CheckKeyword =>
  (place, bound) => {
    const { value } = place
    if (typeof value !== 'number' || typeof bound !== 'number' || isMet(value, bound)) return undefined
    return toSentence(place, `${must} ${bound}`)
  }

const checkLength =
  (
    getLength: (value: unknown) => number | undefined,
    isMet: (length: number, bound: number) => boolean,
    must: string,
  ): CheckKeyword =>
  (place, bound, { spend }) => {
    if (typeof place.value === 'string') spend(place.value.length / charactersPerStep)
    const length = getLength(place.value)
    if (length === undefined || typeof bound !== 'number' || isMet(length, bound)) return undefined
    return toSentence(place, `${must} ${bound}`)
  }

/** Counts characters, not UTF-16 units (JSON Schema Validation, 6.3). */
const countCharacters = (value: unknown): number | undefined =>
  typeof value === 'string' ? [...value].length : undefined
const countItems = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined)
const countNames = (value: unknown): number | undefined => (isObject(value) ? Object.keys(value).length : undefined)
const isAtLeast = (value: number, bound: number): boolean => value >= bound
const isAtMost = (value: number, bound: number): boolean => value <= bound

/** Whether a number is a multiple, as far as binary fractions allow: 0.3 is one of 0.1. */
const isMultiple = (value: number, step: number): boolean => {
  const quotient = value / step
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient))
}

const keywords: ReadonlyMap<string, CheckKeyword> = new Map([
  ['$ref', checkRef],
  ['type', checkType],
  ['enum', checkEnum],
  ['const', checkConst],
  ['required', checkRequired],
  ['properties', checkProperties],
  ['additionalProperties', checkAdditional],
  ['items', checkItems],
  ['prefixItems', checkPrefix],
  ['anyOf', checkAnyOf],
  ['oneOf', checkOneOf],
  ['allOf', checkAllOf],
  ['minimum', checkNumber(isAtLeast, 'be at least')],
  ['maximum', checkNumber(isAtMost, 'be at most')],
  ['exclusiveMinimum', checkNumber((value, bound) => value > bound, 'be more than')],
  ['exclusiveMaximum', checkNumber((value, bound) => value < bound, 'be less than')],
  ['multipleOf', checkNumber(isMultiple, 'be a multiple of')],
  ['minLength', checkLength(countCharacters, isAtLeast, 'have a length of at least')],
  ['maxLength', checkLength(countCharacters, isAtMost, 'have a length of at most')],
  ['minItems', checkLength(countItems, isAtLeast, 'have a length of at least')],
  ['maxItems', checkLength(countItems, isAtMost, 'have a length of at most')],
  ['minProperties', checkLength(countNames, isAtLeast, 'have a number of properties of at least')],
  ['maxProperties', checkLength(countNames, isAtMost, 'have a number of properties of at most')],
] as const)
