import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import type { Variables } from './config/variables/variable.ts'

/** Everything in an invocation that can name its caller. */
export interface Invocation {
  readonly event: JsonObject
  /** The platform's context. Its `environment` or `environ` holds the variables of this one invocation. */
  readonly context: JsonObject
  /** The variables of the process. */
  readonly environment: Variables
}

/** Lists the variables of the context (`@cloudbase/node-sdk` 3.18.3, `tcbcontext.ts`): `environment` is JSON text,
 *  `environ` is `name=value;name=value`. An object is accepted for both. */
export const listContextVariables = ({ context }: Invocation): readonly JsonObject[] =>
  [context['environment'], context['environ']].map(parseVariables)

const parseVariables = (value: unknown): JsonObject => {
  if (isObject(value)) return value
  if (typeof value !== 'string') return {}
  const parsed = parseJson(value)
  return isObject(parsed) ? parsed : Object.fromEntries(value.split(';').map(splitVariable))
}

const splitVariable = (pair: string): [name: string, value: string] => {
  const [name = '', ...value] = pair.split('=')
  return [name.trim(), value.join('=')]
}

/** Whether a variable has a value. */
export const hasValue = (value: unknown): boolean =>
  value !== undefined && value !== null && String(value).trim() !== ''
