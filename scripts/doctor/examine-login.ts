import { isObject, parseJson } from '../../shared/protocol/json.ts'
import type { Variables } from '../cloud/variables.ts'
import type { Examination } from './examination.ts'
import { fine, wrong } from './finding.ts'

const timeoutMs = 10_000

/** Origin of the environment's auth service. */
export const authOrigin = (variables: Variables): string =>
  variables['CLOUDBASE_AUTH_ORIGIN'] ?? `https://${variables['CLOUDBASE_ENV_ID']}.api.tcloudbasegateway.com`

/** What a GET of the auth service answers: its status, and its body where that is a JSON object. */
export const askAuth = async (
  variables: Variables,
  path: string,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const reply = await fetch(authOrigin(variables) + path, { headers, signal: AbortSignal.timeout(timeoutMs) })
  const body = parseJson(await reply.text())
  return { status: reply.status, body: isObject(body) ? body : {} }
}

/** The endpoint of the keys that sign users' tokens, as seen from here. */
export const examineLogin: Examination = {
  subject: 'token endpoint',
  examine: async ({ variables }) => {
    const fix = 'Check CLOUDBASE_ENV_ID, and that this machine may reach the host.'
    const { status, body } = await askAuth(variables, '/auth/v1/certs')
    const keys = Array.isArray(body['keys']) ? body['keys'].length : 0
    if (status === 200 && keys > 0) return [fine('token endpoint', `answers with ${keys} keys`)]
    return [wrong('token endpoint', `answers ${status} with no keys`, fix)]
  },
}

/** The models' keys: whether each is set here, and reaches a function. */
export const examineKeys: Examination = {
  subject: 'provider keys',
  examine: async ({ modelKeys, settings, variables }) =>
    modelKeys.variables.map((name) => {
      if (!variables[name])
        return wrong(name, 'is not set: its models are left out', `Set ${name} in .env, then run npm run deploy.`)
      const owners = settings.filter(({ envVariables }) => name in envVariables).length
      if (owners === 0)
        return wrong(name, 'reaches no function', `Add "${name}": "{{env.${name}}}" in cloudbaserc.json.`)
      return fine(name, `is set, for ${owners} functions`)
    }),
}
