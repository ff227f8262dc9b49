import { randomBytes } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '../../../../shared/runtime/json.ts'
import { probeName } from '../../../functions.ts'
import { poll } from '../../client/poll.ts'
import { getAuthOrigin } from '../examine/examine-login.ts'
import { describeForged, forgeIdentity } from './header-probes.ts'
import { type Answer, advise, leaveOpen, type Probe, type ProbeInput, state } from './probe.ts'
import { digest, getFields } from './read-echo.ts'

const timeoutMs = 10_000

/** Calls the function through the API of functions, as any holder of a publishable key can, past the routes
 *  (CloudBase documentation, "HTTP API: functions", `webfn`). */
const probeFunctionsApi = async ({ probe, input: { variables } }: ProbeInput): Promise<Answer> => {
  const token = variables['PROBE_PUBLISHABLE_KEY'] || variables['CLOUDBASE_APIKEY']
  if (!token)
    return leaveOpen('PROBE_PUBLISHABLE_KEY is not set', 'Set it (console: Environment > API Key) and probe again.')
  const sent = forgeIdentity()
  const reply = await fetch(`${getAuthOrigin(variables)}/v1/functions/${probeName}?webfn=true`, {
    method: 'POST',
    headers: { ...sent, authorization: `Bearer ${token}`, 'x-probe-key': probe().key, 'x-probe-do': 'echo' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  const body = parseJson(await reply.text())
  if (!isObject(body) || !isObject(body['digests'])) return state(`does not reach the function: ${reply.status}`)
  const forged = describeForged(sent, getFields(body, 'digests'))
  return { ...forged, detail: `reaches the function past its routes; x-wx-* headers ${forged.detail}` }
}

/** A body above the limit that the platform documents for text. */
const longBytes = 120 * 1024

/** Returns the line to paste into a mini program: a short call that forges who calls, then a long one. */
const createLine = ({
  envId,
  key,
  openId,
  token,
}: Readonly<Record<'envId' | 'key' | 'openId' | 'token', string>>): string =>
  `['1', '"' + 'x'.repeat(${longBytes - 2}) + '"'].forEach(data => wx.cloud.callHTTPFunction({ name: '${probeName}', config: { env: '${envId}' }, path: '/llm-probe?do=visit', method: 'POST', header: { 'content-type': 'application/json', 'x-probe-key': '${key}', authorization: 'Bearer ${token}', 'x-wx-openid': '${openId}' }, data, complete: console.log }))`

const probeMiniProgram = async ({ probe, input, miniProgramSeconds, note }: ProbeInput): Promise<Answer> => {
  if (miniProgramSeconds === 0) return leaveOpen('only a mini program can ask', 'Probe again with --mini-program 120.')
  const { key, json } = probe()
  const [openId, token] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')]
  note(`Paste this into the console of the WeChat developer tools within ${miniProgramSeconds} seconds:`)
  note(createLine({ envId: input.cloud.envId, key, openId, token }))
  const read = async (): Promise<JsonObject[]> => {
    const { visits } = await json('visits')
    return Array.isArray(visits) ? visits.filter(isObject) : []
  }
  const visits = await poll(read, (found) => found.length > 1, { patienceMs: miniProgramSeconds * 1000 })
  const [first] = visits
  if (!first)
    return leaveOpen('no call has arrived', 'Read the errors in the console of the developer tools, and probe again.')
  const digests = getFields(first, 'digests')
  const isLong = visits.some(({ bytes }) => bytes === longBytes)
  const seen = [
    `arrives as ${String(first['url']).split('?')[0]}`,
    digests['authorization'] === digest(`Bearer ${token}`) ? 'Authorization arrives' : 'Authorization does NOT arrive',
    isLong ? 'a text of 120 KB arrives' : 'a text of 120 KB does NOT arrive',
  ].join(', ')
  const forged = describeForged({ 'x-wx-openid': openId }, digests)
  const detail = `${seen}; x-wx-* headers of the caller ${forged.detail}`
  return forged.level === 'ok' ? state(detail) : advise(detail, forged.fix)
}

/** The probes of other ways to a function than its routes. */
export const callerProbes: readonly Probe[] = [
  { question: 'A function called through the API of functions', ask: probeFunctionsApi },
  { question: 'A function called with wx.cloud.callHTTPFunction', ask: probeMiniProgram },
]
