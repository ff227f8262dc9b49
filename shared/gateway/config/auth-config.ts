import { canBeSent, createAdminKey } from '../../auth/admin-key.ts'
import type { AuthOptions } from '../../auth/authenticate.ts'
import type { Log, LogEvent } from '../../runtime/log.ts'
import { getCredentials } from './credentials.ts'
import type { Environment } from './variables/environment.ts'
import { splitList } from './variables/variable.ts'

/** Creates the options of authentication. It logs a configuration that cannot work or is dangerous. */
export const createAuthConfig = (
  values: Environment,
  { deployed, log }: { readonly deployed: boolean; readonly log: Log },
): AuthOptions => {
  const isSwitchedOff = values.DISABLE_AUTH || values.AUTH_MODE === 'disabled'
  const isRejected = isSwitchedOff && deployed && !values.ALLOW_INSECURE
  const mode = isSwitchedOff && !isRejected ? 'disabled' : values.AUTH_MODE === 'disabled' ? 'jwks' : values.AUTH_MODE
  const misconfigured = isRejected ? disablingRejected : findAuthProblem(values)
  if (mode === 'disabled') log(deployed ? 'warn' : 'debug', 'auth_disabled', { help: disabledWarning })
  else if (misconfigured) log('error', 'auth_misconfigured', { help: misconfigured })
  if (mode === 'gateway') logWarning(log, 'auth_by_gateway', gatewayWarning)
  warnOfAdminKey(values.GATEWAY_ADMIN_KEY, log)
  return {
    mode,
    misconfigured,
    envId: values.CLOUDBASE_ENV_ID ?? '',
    region: values.CLOUDBASE_REGION,
    origin: values.CLOUDBASE_AUTH_ORIGIN,
    checkState: values.AUTH_STATE_CHECK === 'on',
    credentials: getCredentials(values),
    allowAnonymous: values.ALLOW_ANONYMOUS,
    cacheTtlMs: values.AUTH_CACHE_TTL * 1000,
    deniedUsers: new Set(splitList(values.DENIED_USERS)),
    adminKey: createAdminKey({ key: values.GATEWAY_ADMIN_KEY }),
    ticketSecrets: values.TICKET_SECRET,
  }
}

const minKeyLength = 16

const disabledWarning = 'Every caller is accepted. Remove DISABLE_AUTH before users come.'
const disablingRejected =
  'Authentication cannot be switched off on a deployed function. Remove DISABLE_AUTH and AUTH_MODE=disabled, or confirm with ALLOW_INSECURE=true.'
const gatewayWarning =
  'The user that the platform sends is trusted. Switch authentication on for every route to this function.'
const shortKeyWarning = `GATEWAY_ADMIN_KEY is shorter than ${minKeyLength} characters. Choose a longer one.`
const unusableKeyWarning =
  'GATEWAY_ADMIN_KEY has characters that no request header can carry, so no request matches it. Use ASCII letters, digits and signs.'

const logWarning = (log: Log, event: LogEvent, help: string): void => log('warn', event, { help })

const warnOfAdminKey = (key: string | undefined, log: Log): void => {
  if (key === undefined) return
  if (key.length < minKeyLength) logWarning(log, 'admin_key_short', shortKeyWarning)
  if (!canBeSent(key)) logWarning(log, 'admin_key_unusable', unusableKeyWarning)
}

const findAuthProblem = ({ CLOUDBASE_ENV_ID: envId }: Environment): string | undefined =>
  envId === undefined
    ? 'CLOUDBASE_ENV_ID is not set. Set it to the id of your CloudBase environment, or DISABLE_AUTH=true for local development.'
    : undefined
