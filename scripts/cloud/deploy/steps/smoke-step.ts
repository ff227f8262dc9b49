import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { DeploymentError } from '../../client/deployment-error.ts'
import { poll } from '../../client/poll.ts'
import type { Step } from '../../prompt/step.ts'
import { getAccessDomain } from '../../routes/access-service.ts'
import { checkGateway, type GatewayCheck, type Verdict } from '../../routes/check-gateway.ts'

const pauseMs = 2_000

/** Creates the step that calls the deployed gateway until its replies are correct, or until one is wrong in a way that
 *  waiting does not change. A new route needs time to reach all servers of the platform. */
export const createSmokeStep = (cloud: Cloud, variables: Variables, patienceMs: number): Step => ({
  name: 'smoke check',
  plan: () => Promise.resolve('call the gateway: its health and its models'),
  run: async (note) => {
    const { domain } = await getAccessDomain(cloud, variables)
    const read = () => checkGateway(`https://${domain}`, variables)
    const isSettled = (checks: readonly GatewayCheck[]) => has(checks, 'wrong') || !has(checks, 'pending')
    const noteWait = (checks: readonly GatewayCheck[], seconds: number) =>
      note(`waiting for a correct reply (${seconds} s). ${joinChecks(checks.filter(isPending), '; ')}`)
    return describe(await poll(read, isSettled, { patienceMs, pauseMs, note: noteWait }))
  },
})

const has = (checks: readonly GatewayCheck[], verdict: Verdict): boolean =>
  checks.some((check) => check.verdict === verdict)

const isPending = ({ verdict }: GatewayCheck): boolean => verdict === 'pending'

/** Describes the replies. @throws DeploymentError if one is not correct */
const describe = (checks: readonly GatewayCheck[]): string => {
  const failed = checks.filter(({ verdict }) => verdict === 'wrong' || verdict === 'pending')
  if (failed.length > 0)
    throw new DeploymentError(
      `The gateway does not reply correctly. ${joinChecks(failed, '; ')}. Run \`npm run doctor\` for details.`,
    )
  const advice = checks.filter(({ verdict }) => verdict === 'advice')
  const lines = advice.map(({ name, detail, fix }) => `\n    ! ${name}: ${detail}\n      → ${fix}`)
  return `${joinChecks(checks, ', ')}${lines.join('')}`
}

const joinChecks = (checks: readonly GatewayCheck[], separator: string): string =>
  checks
    .map(({ name, verdict, detail }) => `${name}: ${verdict === 'advice' ? detail.split(',')[0] : detail}`)
    .join(separator)
