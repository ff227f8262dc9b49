import { getAuthEndpoints } from '../../../../shared/auth/auth-endpoints.ts'
import { readEnvironment } from '../../../../shared/gateway/config/variables/environment.ts'
import { isObject, parseJson } from '../../../../shared/runtime/json.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import { findMissingKeys, hasNoKey, type ModelKey } from '../../settings/model-keys.ts'
import type { Examination } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

const timeoutMs = 10_000

/** Returns the origin of the environment's auth service, as the functions find it. */
export const getAuthOrigin = (variables: Variables): string => {
  const {
    CLOUDBASE_ENV_ID: envId = '',
    CLOUDBASE_REGION: region,
    CLOUDBASE_AUTH_ORIGIN: origin,
  } = readEnvironment(variables).values
  return getAuthEndpoints({ envId, region, origin }).keysUrl.origin
}

/** Sends a GET to the auth service. Returns the status, and the body if it is a JSON object. */
export const fetchAuth = async (
  variables: Variables,
  path: string,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const reply = await fetch(getAuthOrigin(variables) + path, { headers, signal: AbortSignal.timeout(timeoutMs) })
  const body = parseJson(await reply.text())
  return { status: reply.status, body: isObject(body) ? body : {} }
}

/** Examines the endpoint of the keys that sign user tokens, from this machine. */
export const examineLogin: Examination = {
  subject: 'token endpoint',
  examine: async ({ variables }) => {
    const fix = 'Check CLOUDBASE_ENV_ID, and that this machine can reach the host.'
    const { status, body } = await fetchAuth(variables, '/auth/v1/certs')
    const keys = Array.isArray(body['keys']) ? body['keys'].length : 0
    if (status === 200 && keys > 0) return [pass('token endpoint', `replies with ${keys} keys`)]
    return [fail('token endpoint', `replies ${status} without keys`, fix)]
  },
}

/** Examines the keys of the models: whether each is set here and reaches a function. A missing key is a problem only
 *  if no model is left. */
export const examineKeys: Examination = {
  subject: 'provider keys',
  examine: async ({ modelKeys, settings, variables }) => {
    const isEmpty = hasNoKey(modelKeys, variables)
    const countOwners = (name: string): number => settings.filter(({ envVariables }) => name in envVariables).length
    const found = modelKeys.keys.flatMap(({ variables: names }): Finding[] => {
      const set = names.filter((name) => variables[name])
      const name = set.find((candidate) => countOwners(candidate) > 0) ?? set[0]
      return name === undefined ? [] : [describeKey(name, countOwners(name))]
    })
    return [...found, ...findMissingKeys(modelKeys, variables).map((key) => describeMissingKey(key, isEmpty))]
  },
}

const describeKey = (name: string, owners: number): Finding =>
  owners === 0
    ? fail(name, 'reaches no function', `Add "${name}": "{{env.${name}}}" in cloudbaserc.json.`)
    : pass(name, `is set, for ${owners} functions`)

const describeMissingKey = ({ variables }: ModelKey, isEmpty: boolean): Finding => ({
  level: isEmpty ? 'problem' : 'warning',
  subject: variables.join(' or '),
  detail: 'is not set, so its models are left out',
  fix: `Set ${variables.join(' or ')} in .env, or remove its models from model_map.json; then run npm run deploy.`,
})
