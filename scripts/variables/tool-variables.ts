/** A variable with its line in `.env.example`. */
interface ToolVariable {
  readonly name: string
  readonly english: string
}

/** The variables that only `npm run deploy`, `doctor`, `smoke` and `undeploy` read. No function gets them. */
export const toolVariables: readonly ToolVariable[] = [
  {
    name: 'TENCENTCLOUD_SECRETID',
    english: 'Key pair that deploys (console: Access Management > API Keys); no function gets it.',
  },
  { name: 'TENCENTCLOUD_SECRETKEY', english: 'Its secret half.' },
  {
    name: 'GATEWAY_DOMAIN',
    english: "Domain of the HTTP access service to deploy to; unset, the environment's default one.",
  },
  {
    name: 'GATEWAY_QPS_TOTAL',
    english: "The platform's own limit of each route, in requests a second; unset, routes keep what they have.",
  },
  {
    name: 'GATEWAY_QPS_PER_CLIENT',
    english: 'The same for each address that calls, 0 to 30.',
  },
  {
    name: 'GATEWAY_TOKEN',
    english: 'Access token of a test user, with which npm run smoke calls; unset, it takes the admin key.',
  },
  {
    name: 'PROBE_TOKEN',
    english:
      "Access token of a test user, for npm run doctor -- --probe: a token's claims, and what the auth service answers to it.",
  },
  {
    name: 'PROBE_BLOCKED_TOKEN',
    english: 'That of a user who has since been blocked or signed out: whether that shows at once.',
  },
  {
    name: 'PROBE_PUBLISHABLE_KEY',
    english: 'A publishable key (console: Environment > API Key): what the auth service answers to it.',
  },
  {
    name: 'PROBE_OTHER_ORIGIN',
    english:
      'https://<another environment>.api.tcloudbasegateway.com, where the account has one environment only: whether both sign with the same keys.',
  },
]

/** Part of a temporary key pair. It has no line in `.env.example`, because few people use one. */
const sessionToken = 'TENCENTCLOUD_SESSIONTOKEN'

/** The names of the variables that only tools read. */
export const toolVariableNames: readonly string[] = [...toolVariables.map(({ name }) => name), sessionToken]

/** Whether only tools read a variable. */
export const isToolVariable = (name: string): boolean => toolVariableNames.includes(name)
