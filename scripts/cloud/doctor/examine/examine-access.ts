import { getAccessDomain, isAccessOn } from '../../routes/access-service.ts'
import { checkGateway } from '../../routes/check-gateway.ts'
import { createGatewayRoutes, findRouteDifferences } from '../../routes/gateway-routes.ts'
import type { Examination } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

/** Examines the main switch of the HTTP access service, and the routes. */
export const examineRoutes: Examination = {
  subject: 'routes',
  examine: async ({ cloud, variables, selection }) => {
    if (!(await isAccessOn(cloud))) {
      return [
        fail(
          'HTTP access service',
          'is switched off',
          'Run npm run deploy, or switch it on (console: HTTP Access Service).',
        ),
      ]
    }
    const { domain, status, routes } = await getAccessDomain(cloud, variables)
    const findings: Finding[] = [pass('HTTP access service', `is on, at https://${domain}`)]
    if (status === 'PROCESSING') {
      findings.push({ level: 'warning', subject: 'routes', detail: 'are still PROCESSING', fix: 'Wait some minutes.' })
    }
    for (const route of createGatewayRoutes(selection.wanted, variables, routes)) {
      const deployed = routes.find(({ Path }) => Path === route.Path)
      const differences = deployed ? findRouteDifferences(route, deployed) : ['is missing']
      const detail =
        differences.length === 0 ? `leads to ${route.UpstreamResourceName}` : `should be: ${differences.join(', ')}`
      findings.push(
        differences.length === 0 ? pass(route.Path, detail) : fail(route.Path, detail, 'Run npm run deploy.'),
      )
    }
    return findings
  },
}

const readLog = 'Read the function’s log (console: Cloud Functions > Logs) by the time of this call.'

/** Examines the replies of the gateway to free calls. */
export const examineAnswers: Examination = {
  subject: 'answers',
  examine: async ({ cloud, variables }) => {
    const { domain } = await getAccessDomain(cloud, variables)
    const checks = await checkGateway(`https://${domain}`, variables)
    return checks.map(({ name, verdict, detail, fix }) =>
      verdict === 'ok' ? pass(name, detail) : fail(name, detail, fix || readLog),
    )
  },
}
