import type { IncomingHttpHeaders } from 'node:http'
import { createAuthenticate } from '../../shared/auth/authenticate.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { gatewayEnvironment } from '../gateway-environment.ts'
import type { Lab } from '../lab.ts'
import type { Scenario } from './scenario.ts'

const repeats = 2_000

/** What checking a token costs the processor, inside the process: a token known already, one seen for the first time, one that
 *  is forged. The user's live state, a question to the login service, is left out by `AUTH_STATE_CHECK=off`. */
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
      const warm_us = await cpuOfEach(
        Array<IncomingHttpHeaders>(repeats * 10).fill(warmToken as IncomingHttpHeaders),
        authenticate,
      )
      const first_sight_us = await cpuOfEach(tokens(lab, repeats), authenticate)
      const forged = forgedTokens(lab, repeats)
      const forged_per_s = 1e6 / (await cpuOfEach(forged, (headers) => authenticate(headers).then(accepted, refused)))
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

/** Processor time per call, in microseconds; each call waits for the last one. */
const cpuOfEach = async (
  given: readonly IncomingHttpHeaders[],
  check: (headers: IncomingHttpHeaders) => Promise<unknown>,
): Promise<number> => {
  const before = process.cpuUsage()
  for (const headers of given) await check(headers)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / given.length
}
