import type { IncomingHttpHeaders } from 'node:http'
import { createAuthenticate } from '../../shared/auth/authenticate.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { startCpuClock } from '../../testing/stats/own-cpu.ts'
import { gatewayEnvironment } from '../gateway-environment.ts'
import type { Lab } from '../lab.ts'
import type { Scenario } from './scenario.ts'

const repeats = 2_000

/** The processor time to check a token: a known token, a new one and a forged one. `AUTH_STATE_CHECK=off` omits the live state of the
 *  user, which is a call to the login service. */
export const auth: Scenario = {
  name: 'auth',
  title: 'Checking a token, in the process',
  run: async (lab) => {
    if (!lab.options.parts.auth) return
    const { upstream } = lab.harness
    const environment = {
      ...gatewayEnvironment(upstream, lab.options.parts),
      AUTH_STATE_CHECK: 'off',
      LOG_LEVEL: 'error',
    }
    const { auth: authOptions } = readConfig(environment)
    const authenticate = createAuthenticate(authOptions)
    const [warmToken] = tokens(lab, 1)
    await authenticate(warmToken as IncomingHttpHeaders)
    for (let round = 0; round <= lab.options.rounds; round++) {
      const warm_us = await measureCalls(
        Array<IncomingHttpHeaders>(repeats * 10).fill(warmToken as IncomingHttpHeaders),
        authenticate,
      )
      const first_sight_us = await measureCalls(tokens(lab, repeats), authenticate)
      const forged = forgedTokens(lab, repeats)
      const forged_per_s =
        1e6 / (await measureCalls(forged, (headers) => authenticate(headers).then(accepted, refused)))
      const values = { warm_us, first_sight_us, forged_per_s }
      if (round > 0) lab.samples.add('auth', 'ours', { round, values })
    }
  },
}

const tokens = ({ harness: { login, upstream } }: Lab, count: number): IncomingHttpHeaders[] =>
  Array.from({ length: count }, () => ({ authorization: `Bearer ${login.token(upstream)}` }))

const forgedTokens = ({ harness: { login, upstream } }: Lab, count: number): IncomingHttpHeaders[] =>
  Array.from({ length: count }, () => ({ authorization: `Bearer ${login.forgedToken(upstream)}` }))

const accepted = (): never => {
  throw new Error('a forged token was accepted')
}
const refused = (): undefined => undefined

/** Measures the processor time per call, in microseconds. The calls run one after another. */
const measureCalls = async (
  requests: readonly IncomingHttpHeaders[],
  check: (headers: IncomingHttpHeaders) => Promise<unknown>,
): Promise<number> => {
  const readMs = startCpuClock()
  for (const headers of requests) await check(headers)
  return (readMs() * 1_000) / requests.length
}
