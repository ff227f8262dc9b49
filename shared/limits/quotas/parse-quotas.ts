import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import type { Result } from '../../runtime/result.ts'
import { type Quota, quotaSubjects, quotaUnits } from './quota.ts'
import { isWindowName, windows } from './windows.ts'

/** The most quotas: each call looks at all of them. */
const maxQuotas = 50

/** Parses the definitions of quotas: a JSON array of objects. Nothing is left out: one mistake is a problem of all, because a
 *  quota that is not enforced is worse than none.
 *  @param variable the name of the variable or file, for the problem */
export const parseQuotas = (text: string, variable: string): Result<readonly Quota[]> => {
  const rows = parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text)
  if (!Array.isArray(rows))
    return {
      problem: `${variable} is no JSON array of quotas. Write [{"name": "daily", "unit": "requests", "window": "day", "per": "user", "limit": 100}].`,
    }
  if (rows.length > maxQuotas)
    return { problem: `${variable} has ${rows.length} quotas. At most ${maxQuotas} are allowed.` }
  const problems = rows.flatMap((row: unknown, index) =>
    listRowProblems(row).map((problem) => `${variable}, quota ${index + 1}: ${problem}`),
  )
  const names = rows.map((row: unknown) => (isObject(row) ? row['name'] : undefined))
  const repeated = names.find((name, index) => typeof name === 'string' && names.indexOf(name) !== index)
  if (repeated !== undefined) problems.push(`${variable}: two quotas have the name '${repeated}'. Each needs its own.`)
  return problems.length > 0 ? { problem: problems.join(' ') } : { value: rows.map(toQuota) }
}

/** A field of a quota. */
interface Field {
  readonly isFit: (value: unknown) => boolean
  /** Completes "'limit' must be …". */
  readonly must: string
  readonly isOptional?: true
}

const createChoice = (words: readonly string[]): Field => ({
  isFit: (value) => typeof value === 'string' && words.includes(value),
  must: `one of ${words.join(', ')}`,
})

const names: Field = {
  isFit: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item.trim() !== ''),
  must: 'an array of names with at least one',
  isOptional: true,
}

const fields: Readonly<Record<string, Field>> = {
  name: {
    isFit: (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value),
    must: 'up to 64 letters of ASCII, digits, dots, underscores and hyphens',
  },
  unit: createChoice(quotaUnits),
  window: {
    isFit: (value) => typeof value === 'string' && isWindowName(value),
    must: `one of ${Object.keys(windows).join(', ')}`,
  },
  per: createChoice(quotaSubjects),
  limit: {
    isFit: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    must: 'a whole number of at least 1',
  },
  models: names,
  groups: names,
}

const listRowProblems = (row: unknown): string[] => {
  if (!isObject(row)) return ['it is no JSON object. Write its fields in braces.']
  const unfit = Object.entries(fields).flatMap(([name, { isFit, must, isOptional }]) => {
    if (row[name] === undefined) return isOptional ? [] : [`'${name}' is missing. It must be ${must}.`]
    return isFit(row[name]) ? [] : [`'${name}' must be ${must}.`]
  })
  const unknown = Object.keys(row).filter((name) => !name.startsWith('_') && !Object.hasOwn(fields, name))
  return [...unfit, ...unknown.map((name) => `'${name.slice(0, 64)}' is no field of a quota. Correct or remove it.`)]
}

const toQuota = (row: JsonObject): Quota => {
  const { name, unit, window, per, limit, models, groups } = row as unknown as Quota
  return { name, unit, window, per, limit, models, groups }
}
