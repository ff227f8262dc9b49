import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import type { Step } from '../../prompt/step.ts'
import { getAccessDomain } from '../../routes/access-service.ts'
import { checkGateway, type GatewayCheck } from '../../routes/check-gateway.ts'

const pauseMs = 2_000

/** Asks the deployed gateway until it answers right, because a new route takes a while to be known everywhere. */
export const createSmokeStep = (cloud: Cloud, variables: Variables, patienceMs: number): Step => ({
  name: 'smoke check',
  plan: () => Promise.resolve('ask the gateway for its health and its models'),
  run: async () => {
    const { domain } = await getAccessDomain(cloud, variables)
    const ask = () => checkGateway(`https://${domain}`, variables)
    const checks = await poll(ask, (seen) => seen.every(({ ok }) => ok), { patienceMs, pauseMs })
    const wrong = checks.filter(({ ok }) => !ok)
    if (wrong.length === 0) return joinChecks(checks, ', ')
    throw new DeploymentError(
      `The gateway does not answer as it should. ${joinChecks(wrong, '; ')}. \`npm run doctor\` says more.`,
    )
  },
})

const joinChecks = (checks: readonly GatewayCheck[], separator: string): string =>
  checks.map(({ name, detail }) => `${name}: ${detail}`).join(separator)
