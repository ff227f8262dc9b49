import { isObject } from '../../runtime/json.ts'

/** Gives the fields of a value names in snake case, at every depth of objects and lists: servers in Java write `finishReason`,
 *  those in C# and Tencent `FinishReason`. */
export const toSnakeNames = <Value>(value: Value): Value => {
  if (Array.isArray(value)) return value.map(toSnakeNames) as Value
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [toSnakeCase(name), toSnakeNames(own)])) as Value
}

const toSnakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter, at) => (at === 0 ? '' : '_') + letter.toLowerCase())
