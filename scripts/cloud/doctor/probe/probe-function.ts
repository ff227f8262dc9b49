import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isObject, type JsonObject, parseJson } from '../../../../shared/runtime/json.ts'
import { bootstrap } from '../../../build/bootstrap.ts'
import { probeName } from '../../../functions.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import { retry } from '../../client/retry.ts'
import { isForeign } from '../../functions/function-changes.ts'
import { packFiles } from '../../functions/function-package.ts'
import { readFunctionState } from '../../functions/function-state.ts'
import { getAccessDomain } from '../../routes/access-service.ts'
import type { GatewayRoute } from '../../routes/gateway-routes.ts'
import { findRefusalFix } from '../../routes/platform-refusals.ts'
import { waitForRoutes } from '../../routes/wait-for-routes.ts'

/** The routes to the function. They pass paths on or strip them, and leave CORS to the function or to the platform. */
export const probePaths = { whole: '/llm-probe', stripped: '/llm-probe-stripped', safe: '/llm-probe-safe' } as const

/** A client of the deployed function. */
export interface ProbeFunction {
  /** Sends one request. `path` defaults to the route that passes paths on. */
  readonly ask: (action: string, options?: ProbeRequest) => Promise<Response>
  /** The key of this run, without which the function does not reply. */
  readonly key: string
  /** Returns the JSON of an action. @throws DeploymentError if the platform replies instead of the function */
  readonly json: (action: string, options?: ProbeRequest) => Promise<JsonObject>
}

/** A request to the function. */
export interface ProbeRequest {
  readonly path?: string
  readonly query?: Readonly<Record<string, string | number>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** The parameters of its deployment. */
export interface ProbeDeployment {
  readonly cloud: Cloud
  readonly variables: Variables
  /** Longest duration of a reply, in seconds. */
  readonly seconds: number
}

const patienceMs = 180_000
const graceSeconds = 30

/** Deploys the function with its routes, and waits until it replies on each. */
export const deployProbe = async (deployment: ProbeDeployment): Promise<ProbeFunction> => {
  const { cloud, variables, seconds } = deployment
  const state = await readFunctionState(cloud, probeName)
  if (state && isForeign(state)) throw new DeploymentError(`a function ${probeName} exists that is not the gateway's`)
  const key = randomBytes(24).toString('hex')
  await createFunction(cloud, key, Math.min(seconds + graceSeconds, 900))
  const { domain, routes } = await getAccessDomain(cloud, variables)
  const missing = probeRoutes.filter(({ Path }) => routes.every((route) => route['Path'] !== Path))
  const body = { EnvId: cloud.envId, Domain: { Domain: domain, Routes: missing } }
  if (missing.length > 0) await retry(() => cloud.app.env.createHttpServiceRoute(body))
  await waitForRoutes(cloud, variables, { patienceMs })
  const probe = createProbe(`https://${domain}`, key)
  for (const path of Object.values(probePaths)) await waitForAnswer(probe, path)
  return probe
}

/** Removes the function and its routes. */
export const removeProbe = async ({ cloud, variables }: ProbeDeployment): Promise<void> => {
  const { domain, routes } = await getAccessDomain(cloud, variables)
  const paths = Object.values(probePaths).filter((path) => routes.some(({ Path }) => Path === path))
  const request = { EnvId: cloud.envId, Domain: domain, Paths: paths }
  if (paths.length > 0) await retry(() => cloud.app.env.deleteHttpServiceRoute(request))
  const state = await readFunctionState(cloud, probeName)
  if (state && !isForeign(state)) await retry(() => cloud.app.functions.deleteFunction(probeName))
}

const createFunction = async ({ app }: Cloud, key: string, timeout: number): Promise<void> => {
  const source = readFileSync(new URL('./function.cjs', import.meta.url))
  const manifest = Buffer.from('{"type":"commonjs","main":"index.js"}')
  const code = packFiles({ 'index.js': source, 'package.json': manifest, scf_bootstrap: Buffer.from(bootstrap) })
  const func = {
    name: probeName,
    type: 'HTTP' as const,
    runtime: 'Nodejs20.19' as const,
    timeout,
    memorySize: 128,
    installDependency: false,
    instanceConcurrencyConfig: { dynamicEnabled: false, maxConcurrency: 50 },
    envVariables: { PROBE_KEY: key },
    description: `LLM gateway probe, code ${code.digest}`,
  }
  const base64Code = Buffer.from(code.zip).toString('base64')
  await retry(() => app.functions.createFunction({ func, base64Code, force: true }))
}

const createRoute = (Path: string, flags: { pass: boolean; safe: boolean }): GatewayRoute => ({
  Path,
  UpstreamResourceType: 'WEB_SCF',
  UpstreamResourceName: probeName,
  EnableAuth: false,
  EnableSafeDomain: flags.safe,
  EnablePathTransmission: flags.pass,
  Enable: true,
})

const probeRoutes = [
  createRoute(probePaths.whole, { pass: true, safe: false }),
  createRoute(probePaths.stripped, { pass: false, safe: false }),
  createRoute(probePaths.safe, { pass: true, safe: true }),
]

const createProbe = (origin: string, key: string): ProbeFunction => {
  const ask: ProbeFunction['ask'] = (
    action,
    { path = probePaths.whole, query = {}, headers = {}, body, signal } = {},
  ) => {
    const fields = Object.entries(query).map(([name, value]) => [name, String(value)])
    const url = `${origin}${path}?${new URLSearchParams({ do: action, ...Object.fromEntries(fields) })}`
    const method = body === undefined ? 'GET' : 'POST'
    return fetch(url, {
      method,
      headers: { ...headers, 'x-probe-key': key },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    })
  }
  const json: ProbeFunction['json'] = async (action, options) => {
    const reply = await ask(action, options)
    const content = parseJson(await reply.text())
    if (reply.ok && isObject(content)) return content
    const code = isObject(content) && typeof content['code'] === 'string' ? content['code'] : ''
    throw new DeploymentError(`the platform replies ${reply.status} ${code}`.trim(), { advice: findRefusalFix(code) })
  }
  return { ask, json, key }
}

/** Whether the platform refuses callers, which no waiting changes. */
const stays = (error: unknown): boolean => error instanceof DeploymentError && error.advice !== ''

const waitForAnswer = async ({ json }: ProbeFunction, path: string): Promise<void> => {
  const ask = () =>
    json('echo', { path }).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
  const isSettled = (failed: { error: unknown } | undefined) => failed === undefined || stays(failed.error)
  const failure = await poll(ask, isSettled, { patienceMs })
  if (failure) throw failure.error
}
