/** A variable with its line in `.env.example`. */
interface ToolVariable {
  readonly name: string
  readonly english: string
}

/** The variables that only `npm run deploy`, `doctor`, `smoke` and `undeploy` read. No function gets them. */
export const toolVariables: readonly ToolVariable[] = [
  {
    name: 'TENCENTCLOUD_SECRETID',
    english: 'Key pair for the deployment (console: Access Management > API Keys). No function gets it.',
  },
  { name: 'TENCENTCLOUD_SECRETKEY', english: 'The secret part of the key pair.' },
  {
    name: 'GATEWAY_DOMAIN',
    english: 'Domain of the HTTP access service for the gateway. Default: that of the environment.',
  },
  {
    name: 'GATEWAY_QPS_TOTAL',
    english: 'Rate limit of each route on the platform, in requests per second. Default: routes keep theirs.',
  },
  {
    name: 'GATEWAY_QPS_PER_CLIENT',
    english: 'The same for each client address, 0 to 30.',
  },
  {
    name: 'GATEWAY_TOKEN',
    english: 'Access token of a test user for npm run smoke. Default: the admin key is used.',
  },
  {
    name: 'PROBE_TOKEN',
    english:
      'Access token of a test user for npm run doctor -- --probe, which shows its claims and the reply of the auth service.',
  },
  {
    name: 'PROBE_BLOCKED_TOKEN',
    english: 'Access token of a user who is blocked or signed out, to test whether that takes effect at once.',
  },
  {
    name: 'PROBE_PUBLISHABLE_KEY',
    english: 'A publishable key (console: Environment > API Key), to test the reply of the auth service.',
  },
  {
    name: 'PROBE_OTHER_ORIGIN',
    english:
      'https://<another environment>.api.tcloudbasegateway.com, to test whether both sign with the same keys. Only if the account has one environment.',
  },
]

/** Part of a temporary key pair. It has no line in `.env.example`, because few people use one. */
const sessionToken = 'TENCENTCLOUD_SESSIONTOKEN'

/** The names of the variables that only tools read. */
export const toolVariableNames: readonly string[] = [...toolVariables.map(({ name }) => name), sessionToken]

/** Whether only tools read a variable. */
export const isToolVariable = (name: string): boolean => toolVariableNames.includes(name)
