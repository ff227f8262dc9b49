/** What an optional function is deployed for: a variable whose comma-separated list names a value, such as `WALLET=on`. */
export interface Need {
  readonly variable: string
  /** Undefined: any value, because the variable holds a secret. */
  readonly value?: string
}

/** What all functions have. */
interface FunctionRow {
  /** Its folder in `functions/`. */
  readonly folder: string
  /** The name of the deployed function and of its folder in `dist/functions/`. */
  readonly name: string
  /** Undefined: each deployment has it. The local gateway runs every function. */
  readonly need?: Need
}

/** A function that serves HTTP. `routes` are its path prefixes in the HTTP access service. */
export interface HttpFunction extends FunctionRow {
  readonly kind: 'HTTP'
  readonly routes: readonly string[]
  /** A prefix for which the function replies 404 to every path without a longer route. If a function of the app has
   *  this path already, it keeps it. */
  readonly catchAll?: string
}

/** A function that is invoked: by a timer and the console, or by the app's clients. */
export interface EventFunction extends FunctionRow {
  readonly kind: 'Event'
  /** `cron` has CloudBase's 7 fields: seconds first, year last. Undefined: clients invoke the function, and nothing else
   *  does. A function with a timer is closed to clients. */
  readonly timer?: { readonly name: string; readonly cron: string }
}

/** One row of {@link functions}. */
export type CloudFunction = HttpFunction | EventFunction

/** Returns the path prefixes of a function, its catch-all last. An Event function has none. */
export const getRoutes = (row: CloudFunction): readonly string[] => {
  if (row.kind === 'Event') return []
  return row.catchAll === undefined ? row.routes : [...row.routes, row.catchAll]
}

/** The function that `npm run doctor -- --probe` deploys while it runs. Not part of the gateway. */
export const probeName = 'llm-probe'

/** The functions that make up the gateway. The local gateway and the deployment both read this table. */
export const functions: readonly CloudFunction[] = [
  { folder: 'health', name: 'llm-health', kind: 'HTTP', routes: ['/health'], catchAll: '/v1' },
  { folder: 'models', name: 'llm-models', kind: 'HTTP', routes: ['/v1/models'] },
  {
    folder: 'chat-completions',
    name: 'llm-chat-completions',
    kind: 'HTTP',
    routes: ['/v1/chat/completions', '/ai'],
  },
  { folder: 'completions', name: 'llm-completions', kind: 'HTTP', routes: ['/v1/completions'] },
  {
    folder: 'embeddings',
    name: 'llm-embeddings',
    kind: 'HTTP',
    routes: ['/v1/embeddings'],
    need: { variable: 'GATEWAY_FUNCTIONS', value: 'embeddings' },
  },
  {
    folder: 'rerank',
    name: 'llm-rerank',
    kind: 'HTTP',
    routes: ['/v1/rerank'],
    need: { variable: 'GATEWAY_FUNCTIONS', value: 'rerank' },
  },
  {
    folder: 'messages',
    name: 'llm-messages',
    kind: 'HTTP',
    routes: ['/v1/messages'],
    need: { variable: 'GATEWAY_FUNCTIONS', value: 'messages' },
  },
  {
    folder: 'responses',
    name: 'llm-responses',
    kind: 'HTTP',
    routes: ['/v1/responses'],
    need: { variable: 'GATEWAY_FUNCTIONS', value: 'responses' },
  },
  {
    folder: 'moderations',
    name: 'llm-moderations',
    kind: 'HTTP',
    routes: ['/v1/moderations'],
    need: { variable: 'GATEWAY_FUNCTIONS', value: 'moderations' },
  },
  { folder: 'usage', name: 'llm-usage', kind: 'HTTP', routes: ['/v1/usage'] },
  {
    folder: 'wallet',
    name: 'llm-wallet',
    kind: 'HTTP',
    routes: ['/v1/wallet', '/admin/wallet'],
    need: { variable: 'WALLET', value: 'on' },
  },
  {
    folder: 'keys',
    name: 'llm-keys',
    kind: 'HTTP',
    routes: ['/v1/keys'],
    need: { variable: 'KEYS', value: 'on' },
  },
  { folder: 'admin-reload', name: 'llm-admin-reload', kind: 'HTTP', routes: ['/admin/reload'] },
  {
    folder: 'config-reload',
    name: 'llm-config-reload',
    kind: 'Event',
    timer: { name: 'every-5-minutes', cron: '0 */5 * * * * *' },
  },
  {
    folder: 'usage-flush',
    name: 'llm-usage-flush',
    kind: 'Event',
    timer: { name: 'every-minute', cron: '0 * * * * * *' },
  },
  { folder: 'ticket', name: 'llm-ticket', kind: 'Event', need: { variable: 'TICKET_SECRET' } },
]

/** Returns the Event functions by who may invoke them from a client. One with a timer is closed to all clients. */
export const getClientAccess = (
  rows: readonly CloudFunction[],
): { readonly closed: string[]; readonly open: string[] } => {
  const events = rows.filter((row) => row.kind === 'Event')
  return {
    closed: events.filter(({ timer }) => timer !== undefined).map(({ name }) => name),
    open: events.filter(({ timer }) => timer === undefined).map(({ name }) => name),
  }
}
