import type { IncomingMessage, ServerResponse } from 'node:http'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { probeName } from '../../scripts/functions.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { neutralBehaviour, toForwardedHeaders } from '../../testing/stand-ins/tencent-cloud/platform-behaviour.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { fetchFrom } from '../cloud/fetch-from.ts'

let rig: DeploymentRig
let services: LoopbackServer
let database: CloudbaseDatabase

/** The environment's API of functions: it passes a call on, past the routes. */
const callFunction = async ({ headers }: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { 'x-probe-key': key, 'x-probe-do': action, 'x-wx-openid': openId, 'x-wx-source': source } = headers
  const passed = toForwardedHeaders(
    { 'x-probe-key': key, 'x-probe-do': action, 'x-wx-openid': openId, 'x-wx-source': source },
    rig.cloud.state.behaviour,
  ) as Record<string, string>
  const reply = await fetch(await rig.cloud.functions.getUrl(probeName), { method: 'POST', headers: passed })
  response.writeHead(reply.status).end(await reply.text())
}

interface MiniProgramCall extends Pick<RequestInit, 'method'> {
  readonly path: string
  readonly header: Record<string, string>
  readonly data: string
}

/** Runs the printed line in a mini program, which sends the user's own id in place of a forged one. */
const pasteLine = (output: string): void => {
  const line = output.split('\n').find((one) => one.startsWith("['1',"))
  if (!line) return
  rig.watch = undefined
  const callHTTPFunction = ({ path, method, header, data }: MiniProgramCall) => {
    const headers = { ...header, 'x-wx-openid': 'openid-of-the-user' }
    void fetchFrom(rig.cloud)(`${rig.cloud.url}${path}`, { method, headers, body: data } as RequestInit)
  }
  runInNewContext(line, { wx: { cloud: { callHTTPFunction } }, console })
}

/** The environment's auth service: each credential is answered in its own way. */
const startServices = (): Promise<LoopbackServer> =>
  loopbackServer((request, response) => {
    const answers: Readonly<Record<string, readonly [number, object]>> = {
      'Bearer api-key-of-the-environment': [403, { error: 'x', error_code: 1 }],
      'Bearer token-of-a-user': [200, { sub: 'u', status: 'ACTIVE' }],
    }
    if (request.url === `/v1/functions/${probeName}?webfn=true`) return void callFunction(request, response)
    const certs = { keys: [{ kid: 'k', n: 'modulus' }] }
    const [status, body] = request.url?.endsWith('/certs')
      ? ([200, certs] as const)
      : (answers[request.headers.authorization ?? ''] ?? [401, { error: 'x' }])
    response.writeHead(status).end(JSON.stringify(body))
  })

/** The table of facts, by question: the mark, the answer and the advice. */
const facts = (output: string): Record<string, string> => {
  const table = output.split('facts of this environment')[1] ?? ''
  return Object.fromEntries(
    [...table.matchAll(/^ {2}([✓?!]) ([^:]+): (.*(?:\n {6}→ .*)?)$/gm)].map(([, mark, question = '', answer = '']) => [
      question,
      `${mark} ${answer.replace(/\n +/, ' ')}`,
    ]),
  )
}

const probe = async (
  variables: Readonly<Record<string, string>> = {},
  ...args: string[]
): Promise<Record<string, string>> => {
  // The probes measure time.
  const environment = { NODE_OPTIONS: '', TCB_CONTEXT_CNFG: JSON.stringify({ URL: database.url }) }
  const { output } = await rig.run(
    'doctor',
    ['--probe', '--seconds', '2', ...args],
    { ...rig.variables, ...variables },
    environment,
  )
  return facts(output)
}

beforeAll(async () => {
  services = await startServices()
  database = await cloudbaseDatabase()
  const body = JSON.stringify({ action: 'database.addCollection', collectionName: 'llm_gateway_usage' })
  await fetch(database.url, { method: 'POST', body })
  rig = await deploymentRig({ CLOUDBASE_AUTH_ORIGIN: services.url })
  rig.cloud.state.permissions.set('function:', {
    Permission: 'CUSTOM',
    SecurityRule: '{"*":{"invoke":"auth != null"}}',
  })
  expect((await rig.deploy()).code).toBe(0)
}, 240_000)

afterAll(async () => {
  await rig.close()
  await services.close()
  await database.close()
})

describe('npm run doctor -- --probe in an environment that changes no request', () => {
  let seen: Record<string, string>

  beforeAll(async () => {
    rig.cloud.state.logLines.push('a line')
    rig.calm()
    rig.watch = pasteLine
    const variables = {
      USAGE_STORE: 'collection',
      CLOUDBASE_APIKEY: 'api-key-of-the-environment',
      PROBE_TOKEN: 'token-of-a-user',
      PROBE_OTHER_ORIGIN: services.url,
    }
    seen = await probe(variables, '--mini-program', '60')
  }, 240_000)

  test.each([
    ['Path with EnablePathTransmission on', '/llm-probe/deeper arrives as /llm-probe/deeper, its query arrives'],
    ['Path with EnablePathTransmission off', '/llm-probe-stripped/deeper arrives as /deeper, its query arrives'],
    ['Authorization header with EnableAuth off', 'arrives unchanged'],
    ['x-cloudbase-context of the platform', 'is not sent to functions'],
    [
      'x-cloudbase-context sent by a client',
      '! ARRIVES: anyone can forge it on a route with authentication off → Keep AUTH_MODE=jwks',
    ],
    ['Access-Control-Allow-Origin headers of an answer', 'with EnableSafeDomain off 1, with it on 2; the function'],
    [
      'Security rules and HTTP functions',
      'do not apply to HTTP functions: a request without a login reaches one whose rule is auth != null',
    ],
    [
      'Largest request body',
      '✓ application/json passes up to 7000 KB; text/plain passes up to 7000 KB; application/octet-stream passes up to',
    ],
    [
      'x-wx-* headers sent by a client',
      '! ARRIVE: anyone can forge x-wx-openid and x-wx-source → Trust no x-wx-* header',
    ],
    [
      'A function called through the API of functions',
      '! reaches the function past its routes; x-wx-* headers ARRIVE: anyone can forge x-wx-openid and x-wx-source → Trust',
    ],
    [
      'A function called with wx.cloud.callHTTPFunction',
      '✓ arrives as /llm-probe, Authorization arrives, a text of 120 KB arrives; x-wx-* headers of the caller are replaced by',
    ],
    ['A page of a function, opened in a browser', '✓ is shown: Content-Disposition is inline'],
    [
      'A page of static hosting, opened in a browser',
      '? the environment has no static hosting → Switch static hosting on',
    ],
    ['Event function invoked as by the console', 'works'],
    ['Event function invoked by its timer', '1 lines of log in the last 15 minutes'],
    ['Auth service and the API key', 'me 403 (error error_code), introspect 403 (error error_code)'],
    ['Auth service and a publishable key', '? PROBE_PUBLISHABLE_KEY is not set → Set it (console'],
    ['Auth service and a user’s token', 'me 200 (status sub), introspect 200 (status sub)'],
    [
      'Auth service and the token of a blocked or signed-out user',
      '? PROBE_BLOCKED_TOKEN is not set → Sign a test user in',
    ],
    ['Keys that sign users’ tokens', 'SHARED with another environment: 1 of 1 keys'],
    ['Claims and issuer of a user’s token', 'it is no JSON Web Token'],
    ['A second document with the same _id', 'refused with DATABASE_DUPLICATE_WRITE'],
    ['Buffering of streams', 'none: 10 pieces sent 200 ms apart come one by one'],
    ['Silence before the first byte', 'at least 2 s'],
    ['Silence within a stream', 'at least 2 s'],
    ['Total time of a stream', 'at least 2'],
    ['Total size of a stream', 'at least 8.0 MB'],
    ['Work after the end of an answer', 'goes on: '],
    ['Work after the client has left', 'goes on: '],
  ])('finds out: %s', (question, answer) => {
    expect(seen[question]).toMatch(answer)
  })

  test('removes its function, its routes and its documents at the end', () => {
    expect(rig.cloud.state.functions.has(probeName)).toBe(false)
    expect([...rig.cloud.state.routes.keys()].filter((path) => path.includes('probe'))).toEqual([])
    expect(rig.writes()).toEqual([
      'CreateFunction',
      'CreateHTTPServiceRoute',
      'Invoke',
      'DeleteHTTPServiceRoute',
      'DeleteFunction',
    ])
    expect(database.documents('llm_gateway_usage')).toEqual([])
  })
})

describe('npm run doctor -- --probe in an environment that buffers replies', () => {
  test('detects buffered replies and a dropped header', async () => {
    Object.assign(rig.cloud.state.behaviour, {
      buffersReplies: true,
      dropsAuthorization: true,
      dropsIdentity: true,
      maxBodyBytes: 100 * 1024,
    })
    const seen = await probe({ PROBE_PUBLISHABLE_KEY: 'publishable-key-of-the-environment' })
    Object.assign(rig.cloud.state.behaviour, neutralBehaviour())
    expect(seen['A function called through the API of functions']).toMatch(/^✓ .* x-wx-\* headers are taken out; /)
    expect(seen['Buffering of streams']).toMatch(
      /^! BUFFERED: 10 pieces sent 200 ms apart come in 1 → .*Look for a CDN/,
    )
    expect(seen['Largest request body']).toMatch(/ → Keep requests below 90 KB, with fewer earlier messages/)
    expect(seen['Work after the client has left']).toMatch(/^\? the first piece of a stream does not come before/)
    expect(seen['Authorization header with EnableAuth off']).toMatch(
      /^! does not arrive → Have clients send the token as X-Gateway-Token/,
    )
  }, 120_000)
})

describe('npm run doctor -- --probe in an environment with every limit', () => {
  let seen: Record<string, string>

  beforeAll(async () => {
    Object.assign(rig.cloud.state.behaviour, {
      maxTextBytes: 100 * 1024,
      maxBodyBytes: 6 * 1024 * 1024,
      dropsIdentity: true,
      downloadsPages: true,
      maxSilenceMs: 700,
      maxTotalMs: 1_500,
      maxReplyBytes: 6 * 1024 * 1024,
      sendsContext: true,
      freezes: true,
    })
    rig.cloud.state.hosting.isOpen = true
    seen = await probe({ AUTH_MODE: 'jwks' })
    rig.cloud.state.hosting.isOpen = false
    Object.assign(rig.cloud.state.behaviour, neutralBehaviour())
  }, 240_000)

  test.each([
    ['x-cloudbase-context of the platform', 'is sent, with the fields envId userId'],
    ['x-cloudbase-context sent by a client', 'is replaced by the platform’s own'],
    [
      'Largest request body',
      '! application/json passes up to 90 KB, 120 KB does not: the platform replies 413 EXCEED_MAX_PAYLOAD_SIZE; text/plain passes up to 90 KB, ' +
        '120 KB does not: the platform replies 413 EXCEED_MAX_PAYLOAD_SIZE; application/octet-stream passes up to 5900 KB, ' +
        '7000 KB does not: the platform replies 413 EXCEED_MAX_PAYLOAD_SIZE → Send bodies above 90 KB as application/octet-stream',
    ],
    ['A function called through the API of functions', '? PROBE_PUBLISHABLE_KEY is not set → Set it (console'],
    [
      'A function called with wx.cloud.callHTTPFunction',
      '? only a mini program can ask → Probe again with --mini-program',
    ],
    ['x-wx-* headers sent by a client', '✓ are taken out; the gateway reads none of them'],
    [
      'A page of a function, opened in a browser',
      '! is DOWNLOADED: the platform adds Content-Disposition: attachment → Bind',
    ],
    ['A page of static hosting, opened in a browser', '! is DOWNLOADED: the platform adds'],
    ['Keys that sign users’ tokens', '? the account has one environment → Set PROBE_OTHER_ORIGIN'],
    ['Auth service and the API key', '? CLOUDBASE_APIKEY is not set → Set it (console: Environment > API Key)'],
    ['Claims and issuer of a user’s token', '? PROBE_TOKEN is not set → Set it'],
    [
      'A second document with the same _id',
      '? there is no collection to try it in → Set USAGE_STORE=collection and CLOUDBASE_APIKEY',
    ],
    ['Buffering of streams', '? the stream was cut after '],
    [
      'Silence before the first byte',
      /^! between 0.5 s and 1 s \(answered 504 .*→ Let clients stream: .* Set STREAM_KEEPALIVE_SECONDS to 1,/,
    ],
    ['Silence within a stream', /^! between 0.5 s and 1 s \(cut after .*→ Set STREAM_KEEPALIVE_SECONDS to 1,/],
    ['Total time of a stream', /^! cut after 1\..* → Set UPSTREAM_TIMEOUT_TOTAL below that/],
    ['Total size of a stream', /^! cut after .* → Bound long replies/],
    ['Work after the end of an answer', 'STOPS: '],
    ['Work after the client has left', 'STOPS: '],
  ])('finds out: %s', (question, answer) => {
    expect(seen[question]).toMatch(answer)
  })
})

describe('npm run doctor -- --probe', () => {
  test('reports the remaining facts if its function cannot be deployed', async () => {
    const error = { Code: 'LimitExceeded.Function', Message: 'fifty functions' }
    rig.cloud.state.faults.push({ action: 'CreateFunction', times: 9, error })
    const seen = await probe()
    rig.calm()
    expect(seen['Largest request body']).toMatch(
      /^\? llm-probe could not be asked. LimitExceeded.Function: .* → .*Take names out of GATEWAY_FUNCTIONS/,
    )
    expect(seen['Event function invoked as by the console']).toBe('✓ works')
  }, 120_000)
})
