import { createHash } from 'node:crypto'
import { isObject, type JsonObject } from '../../../../shared/runtime/json.ts'

/** Returns the digest by which `function.cjs` tells of a header without its value. */
export const digest = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 16)

/** Returns an object in a reply of the function; an empty one if there is none. */
export const getFields = (body: JsonObject, name: string): JsonObject => (isObject(body[name]) ? body[name] : {})
