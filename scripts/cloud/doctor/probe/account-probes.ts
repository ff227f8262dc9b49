import { randomUUID } from 'node:crypto'
import { getAuthEndpoints } from '../../../../shared/auth/auth-endpoints.ts'
import { isObject, type JsonObject, parseJson } from '../../../../shared/runtime/json.ts'
import { functions } from '../../../functions.ts'
import { retry } from '../../client/retry.ts'
import { getGatewayCollections } from '../../sql/collections.ts'
import { fetchAuth } from '../examine/examine-login.ts'
import { type Answer, advise, leaveOpen, type Probe, type ProbeInput, state } from './probe.ts'
import { describeClaims } from './token-claims.ts'

const minuteMs = 60_000
const eventFunction = functions.find(({ folder }) => folder === 'config-reload')?.name ?? ''

const probeConsoleInvocation = async ({ input }: ProbeInput): Promise<Answer> => {
  const { app } = input.cloud
  const { InvokeResult, RetMsg } = await retry(() => app.functions.invokeFunction(eventFunction, { Type: 'Timer' }))
  const result = parseJson(RetMsg)
  return InvokeResult === 0 && isObject(result) && result['ok'] === true
    ? state('works')
    : advise(`failed (result ${InvokeResult})`, `Read the log of ${eventFunction} (console: Cloud Functions > Logs).`)
}

const formatTime = (time: number): string => new Date(time).toISOString().replace('T', ' ').slice(0, 19)

/** Counts the timer's own calls in the log of the last 15 minutes. The clock of the cloud is that of China. */
const probeTimer = async ({ input }: ProbeInput): Promise<Answer> => {
  const now = Date.now() + 8 * 60 * minuteMs
  const period = { StartTime: formatTime(now - 15 * minuteMs), EndTime: formatTime(now), Limit: 100 }
  const { LogResults } = await retry(() =>
    input.cloud.app.log.searchClsLog({ ...period, queryString: `"${eventFunction}"` }),
  )
  const count = LogResults.Results.length
  return count > 0
    ? state(`${count} lines of log in the last 15 minutes`)
    : leaveOpen(
        'no line of log in the last 15 minutes',
        'Switch the log service on (console: Logs), wait 5 minutes and probe again.',
      )
}

const credentials = [
  ['the API key', 'CLOUDBASE_APIKEY', 'Set it (console: Environment > API Key) and probe again.'],
  ['a publishable key', 'PROBE_PUBLISHABLE_KEY', 'Set it (console: Environment > API Key) and probe again.'],
  ['a user’s token', 'PROBE_TOKEN', 'Set it to the access token of a test user and probe again.'],
  [
    'the token of a blocked or signed-out user',
    'PROBE_BLOCKED_TOKEN',
    'Sign a test user in, keep the access token, block the user (console: Authentication > Users), set it within two hours and probe again.',
  ],
] as const

const authPaths = ['/auth/v1/user/me', '/auth/v1/token/introspect'] as const

/** Probes the reply of the auth service to a kind of credential: the status and the names of fields. */
const probeCredential =
  (variable: string, hint: string) =>
  async ({ input: { variables } }: ProbeInput): Promise<Answer> => {
    const token = variables[variable]
    if (!token) return leaveOpen(`${variable} is not set`, hint)
    const seen: string[] = []
    for (const path of authPaths) {
      const { status, body } = await fetchAuth(variables, path, token)
      const names = Object.keys(body).sort().join(' ') || 'no fields'
      seen.push(`${path.split('/').at(-1)} ${status} (${names})`)
    }
    return state(seen.join(', '))
  }

const getModuli = ({ keys }: JsonObject): string[] =>
  Array.isArray(keys) ? keys.filter(isObject).map(({ n }) => String(n)) : []

/** Describes whether two environments sign user tokens with the same keys. If so, only `iss` and `aud` distinguish
 *  their users. */
const describeSharedKeys = (own: JsonObject, other: JsonObject): string => {
  const shared = getModuli(own).filter((key) => getModuli(other).includes(key)).length
  const counts = `${shared} of ${getModuli(own).length} keys`
  return shared > 0 ? `SHARED with another environment: ${counts}` : `own: ${counts} are those of another environment`
}

const probeSigningKeys = async ({ input: { cloud, variables } }: ProbeInput): Promise<Answer> => {
  const { body: own } = await fetchAuth(variables, '/auth/v1/certs')
  const origin = variables['PROBE_OTHER_ORIGIN'] ?? (await findOtherOrigin(cloud))
  if (!origin) {
    return leaveOpen(
      'the account has one environment',
      'Set PROBE_OTHER_ORIGIN to https://<another environment>.api.tcloudbasegateway.com and probe again.',
    )
  }
  const { body: other } = await fetchAuth({ CLOUDBASE_AUTH_ORIGIN: origin }, '/auth/v1/certs')
  return state(describeSharedKeys(own, other))
}

const findOtherOrigin = async ({ app, envId, region }: ProbeInput['input']['cloud']): Promise<string | undefined> => {
  const { EnvList } = await retry(() => app.env.listEnvs())
  const other = EnvList.find(({ EnvId, Status }) => EnvId !== envId && Status === 'NORMAL')
  return other && getAuthEndpoints({ envId: String(other.EnvId), region, origin: undefined }).keysUrl.origin
}

const noCollection = leaveOpen(
  'there is no collection to try it in',
  'Set USAGE_STORE=collection and CLOUDBASE_APIKEY, deploy, and probe again.',
)

const storeElsewhere = 'Set USAGE_STORE to mysql or rdb: a collection that takes an _id twice can bill a reply twice.'

/** Probes the error code for a second document with the same `_id`, on which the ledger relies. Removes both
 *  documents. */
const probeDuplicateId = async ({ input: { cloud, variables } }: ProbeInput): Promise<Answer> => {
  const collection = getGatewayCollections(variables)[0]?.name
  const accessKey = variables['CLOUDBASE_APIKEY']
  if (!collection || !accessKey) return noCollection
  const { default: cloudbase } = await import('@cloudbase/node-sdk')
  const db = cloudbase.init({ env: cloud.envId, region: cloud.region, accessKey, timeout: 10_000 }).database()
  const document = { _id: `probe-${randomUUID()}` }
  const formatError = (error: { code?: unknown }): string => `refused with ${String(error.code)}`
  await db.collection(collection).add(document)
  const outcome = await db
    .collection(collection)
    .add(document)
    .then(() => 'ACCEPTED', formatError)
  await db.collection(collection).where(document).remove()
  return outcome === 'ACCEPTED' ? advise(outcome, storeElsewhere) : state(outcome)
}

/** The probes of the account, the auth service and the database. */
export const accountProbes: readonly Probe[] = [
  { question: 'Event function invoked as by the console', ask: probeConsoleInvocation },
  { question: 'Event function invoked by its timer', ask: probeTimer },
  ...credentials.map(([name, variable, hint]) => ({
    question: `Auth service and ${name}`,
    ask: probeCredential(variable, hint),
  })),
  { question: 'Keys that sign users’ tokens', ask: probeSigningKeys },
  {
    question: 'Claims and issuer of a user’s token',
    ask: ({ input: { variables } }) => Promise.resolve(describeClaims(variables['PROBE_TOKEN'])),
  },
  { question: 'A second document with the same _id', ask: probeDuplicateId },
]
