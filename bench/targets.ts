import { resolve } from 'node:path'
import { type GatewayParts, gatewayEnvironment } from './gateway-environment.ts'
import type { Login } from './login.ts'
import type { MemoryGroup } from './machine/memory-group.ts'
import type { TargetCommand } from './machine/started-target.ts'

/** The address of the upstream and the login service. */
export interface Harness {
  /** Origin of the scripted upstream, such as `http://127.0.0.1:4000`. */
  readonly upstream: string
  readonly login: Login
}

/** A program under test. */
export interface Target {
  readonly command: TargetCommand
  /** Headers of every request to it. */
  readonly headers: Readonly<Record<string, string>>
}

/** The name of a relay. */
export type TargetName = 'direct' | 'bare' | 'sdk' | 'portkey' | 'ours'

const chat = 'llm-chat-completions'

/** Returns a built function with these parts. */
export const builtFunction = (name: string, { upstream, login }: Harness, parts: GatewayParts): Target => ({
  command: {
    arguments: ['index.js'],
    cwd: resolve('dist/functions', name),
    environment: gatewayEnvironment(upstream, parts),
  },
  headers: { authorization: `Bearer ${login.token(upstream)}` },
})

const processTarget = (name: string, upstream: string): Target => ({
  command: { arguments: [resolve('dist/bench', `${name}.js`)], environment: { UPSTREAM: upstream } },
  headers: { authorization: 'Bearer bench' },
})

/** The relays that the scenarios compare, each with the same upstream. */
export const relayTargets = (
  harness: Harness,
  parts: GatewayParts,
): Readonly<Record<Exclude<TargetName, 'direct'>, Target>> => ({
  bare: processTarget('bare-pipe', harness.upstream),
  sdk: processTarget('sdk-forwarder', harness.upstream),
  portkey: portkey(harness.upstream),
  ours: builtFunction(chat, harness, parts),
})

/** Returns Portkey's gateway without its console. Its headers select our upstream. */
const portkey = (upstream: string): Target => ({
  command: {
    arguments: [
      resolve('bench/peers/node_modules/@portkey-ai/gateway/build/start-server.js'),
      '--port={port}',
      '--headless',
    ],
    environment: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost', NODE_ENV: 'production' },
  },
  headers: {
    authorization: 'Bearer bench',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
  },
})

/** A program of the cold start and its first request. */
export interface ColdTarget extends Target {
  readonly path: string
  /** Whether a completion is streamed. */
  readonly stream?: boolean
}

/** The programs of the cold start. `collection` is the environment of a function with the collection store. With `MYSQL_DSN`, one
 *  of them is set up as a deployment is: map in MySQL, records and wallets in the document database. */
export const coldTargets = (
  harness: Harness,
  parts: GatewayParts,
  collection: TargetCommand['environment'],
): Readonly<Record<string, ColdTarget>> => ({
  bare: { ...processTarget('bare-server', harness.upstream), path: '/' },
  pipe: { ...processTarget('bare-pipe', harness.upstream), path: '/v1/chat/completions' },
  health: { ...builtFunction('llm-health', harness, parts), path: '/health' },
  models: { ...builtFunction('llm-models', harness, parts), path: '/v1/models' },
  ours: { ...builtFunction(chat, harness, parts), path: '/v1/chat/completions' },
  collection: {
    ...withCollection(collection, builtFunction(chat, harness, parts)),
    path: '/v1/chat/completions',
  },
  ...(process.env['MYSQL_DSN'] && {
    deployed: {
      ...withWallets(withCollection(collection, builtFunction(chat, harness, { ...parts, map: 'mysql' }))),
      path: '/v1/chat/completions',
      stream: true,
    },
  }),
  portkey: { ...portkey(harness.upstream), path: '/v1/chat/completions' },
  framework: { command: functionsFramework, headers: {}, path: '/' },
})

/** Returns the chat function with wallets, on the collection store of these variables, in a group of limited memory. */
export const smallTarget = (
  harness: Harness,
  parts: GatewayParts,
  { variables, group }: { readonly variables: TargetCommand['environment']; readonly group: MemoryGroup },
): Target => {
  const { command, headers } = withWallets(withCollection(variables, builtFunction(chat, harness, parts)))
  return { command: { ...command, group }, headers }
}

/** Returns the same function with wallets, each of them full. */
const withWallets = ({ command, headers }: Target): Target => {
  const environment = { ...command.environment, WALLET: 'on', DAILY_POINTS: '1000000000' }
  return { command: { ...command, environment }, headers }
}

/** Returns the same function with its usage records in the document database. */
export const withCollection = (collection: TargetCommand['environment'], { command, headers }: Target): Target => {
  const environment = { ...collection, ...command.environment, USAGE_STORE: 'collection' }
  return { command: { ...command, environment }, headers }
}

const functionsFramework: TargetCommand = {
  arguments: [
    resolve('bench/peers/node_modules/@cloudbase/functions-framework/bin/tcb-ff.js'),
    `--source=${resolve('bench/peers/empty-function/index.js')}`,
    '--port={port}',
  ],
  /** It writes log files into its working folder. */
  cwd: resolve('dist/bench'),
  environment: {},
}
