import { readServerVariables } from '../../../shared/gateway/config/variables/server-variables.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import type { AccessDomain } from '../routes/access-service.ts'
import { answersCors } from '../routes/gateway-routes.ts'
import type { Hosting } from './hosting.ts'

/** Where the chat page lies. */
export interface PageSite {
  /** The domain from which browsers load it. */
  readonly domain: string
  /** Its URL, with a slash at its end. */
  readonly url: string
  /** The base URL of the gateway, as the page calls it: `/` on the same domain. */
  readonly gateway: string
}

/** Returns where the page lies: below the app's own domain, if the gateway has one, so that page and gateway share it; otherwise on the
 *  domain of the hosting.
 *  @param folder without a slash at its ends, such as `llm-chat` */
export const getPageSite = (access: AccessDomain, hosting: Hosting, folder: string): PageSite => {
  const domain = access.isDefault ? hosting.domain : access.domain
  const gateway = access.isDefault ? `https://${access.domain}` : '/'
  return { domain, url: `https://${domain}/${folder}/`, gateway }
}

/** Checks that the functions allow the page, if they handle CORS.
 *  @throws DeploymentError if they do not */
export const requireCors = ({ url, gateway }: PageSite, variables: Variables): void => {
  const { cors } = readServerVariables(variables)
  const { origin } = new URL(url)
  if (gateway === '/' || !answersCors(variables) || cors.allowAll || cors.origins.includes(origin)) return
  throw new DeploymentError(
    `The chat page may not call the gateway: CORS_ORIGINS lacks ${origin}. Add it, or unset CORS_ORIGINS; then the safe domains of the environment count.`,
  )
}
