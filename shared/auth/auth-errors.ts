import { GatewayError } from '../protocol/errors.ts'

/** The one answer to every token that is not good, whatever is wrong with it. */
export const invalidTokenError = (): GatewayError =>
  new GatewayError(401, 'invalid_access_token', 'The access token is not valid. Sign in again and send the new one.')

/** A good token whose time is over: CloudBase's js-sdk refreshes it by itself on this code. */
export const expiredTokenError = (): GatewayError =>
  new GatewayError(401, 'access_token_expired', 'The access token has expired. Refresh it and send the new one.')

/** A publishable key: what `@cloudbase/js-sdk` 3.7 sends while nobody is signed in. */
export const publishableKeyError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_access_token',
    'This is a publishable key, not the access token of a signed-in user. Sign in first, then send the access token.',
  )

/** An API key, a client-credential token or an administrator's token. */
export const serverTokenError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_access_token',
    'This token belongs to a server or an administrator, not to a signed-in user. Send the access token of a user.',
  )

/** An anonymous user where `ALLOW_ANONYMOUS` is not set. */
export const anonymousUserError = (): GatewayError =>
  new GatewayError(403, 'permission_denied', 'Anonymous users may not use this gateway. Sign in with an account.')

/** A user whom the environment has blocked, or whom `DENIED_USERS` names. */
export const userBlockedError = (): GatewayError =>
  new GatewayError(403, 'permission_denied', "This account may not use this gateway. Ask the app's operator.")

/** The auth service could not be asked: never a verdict on the token. */
export const authUnavailableError = (cause?: unknown): GatewayError =>
  new GatewayError(503, 'auth_unavailable', 'The login service did not answer. Try again in a few seconds.', {
    headers: { 'retry-after': '5' },
    ...(cause === undefined ? {} : { cause }),
  })
