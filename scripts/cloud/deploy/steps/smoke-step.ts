import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import type { Step } from '../../prompt/step.ts'
import { getAccessDomain } from '../../routes/access-service.ts'
import { checkGateway, type GatewayCheck } from '../../routes/check-gateway.ts'

const pauseMs = 2_000

/** Creates the step that calls the deployed gateway until its replies are correct. A new route needs time to reach
 *  all servers of the platform. */
export const createSmokeStep = (cloud: Cloud, variables: Variables, patienceMs: number): Step => ({
  name: 'smoke check',
  plan: () => Promise.resolve('call the gateway: its health and its models'),
  run: async () => {
    const { domain } = await getAccessDomain(cloud, variables)
    const read = () => checkGateway(`https://${domain}`, variables)
    const checks = await poll(read, (results) => results.every(({ ok }) => ok), { patienceMs, pauseMs })
    const wrong = checks.filter(({ ok }) => !ok)
    if (wrong.length === 0) return joinChecks(checks, ', ')
    throw new DeploymentError(
      `The gateway does not reply correctly. ${joinChecks(wrong, '; ')}. Run \`npm run doctor\` for details.`,
    )
  },
})

const joinChecks = (checks: readonly GatewayCheck[], separator: string): string =>
  checks.map(({ name, detail }) => `${name}: ${detail}`).join(separator)
