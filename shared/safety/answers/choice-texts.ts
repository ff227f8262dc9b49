import { isObject, type JsonObject } from '../../runtime/json.ts'

/** Fields of a message that hold no text: names of the API, ids, and what only a program can read. */
const fieldsWithoutText: ReadonlySet<string> = new Set(['role', 'type', 'id', 'data', 'signature', 'format'])

/** A text of a choice, or a piece of it, and the field that it is from. */
export interface ChoiceText {
  readonly path: string
  readonly text: string
}

/** Lists the texts of a choice, whole or of a chunk: content, reasoning, a refusal, names and arguments of calls, and what else
 *  a provider writes beside them. */
export const listChoiceTexts = ({ delta, message, text }: JsonObject): readonly ChoiceText[] => {
  const found: ChoiceText[] = []
  collect(isObject(delta) ? delta : isObject(message) ? message : { text }, '', found)
  return found
}

const collect = (value: unknown, path: string, found: ChoiceText[]): void => {
  if (typeof value === 'string' && value !== '') found.push({ path, text: value })
  if (Array.isArray(value))
    for (const [position, item] of (value as unknown[]).entries())
      collect(item, `${path}.${getIndex(item, position)}`, found)
  else if (isObject(value))
    for (const [field, item] of Object.entries(value))
      if (!fieldsWithoutText.has(field)) collect(item, `${path}.${field}`, found)
}

/** The pieces of one call have the same index. */
const getIndex = (item: unknown, position: number): number =>
  isObject(item) && typeof item['index'] === 'number' ? item['index'] : position
