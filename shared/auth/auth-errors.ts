import { GatewayError } from '../protocol/errors.ts'

/** The one error for every token that is not valid, whatever the reason. */
export const invalidTokenError = (): GatewayError =>
  new GatewayError(401, 'invalid_access_token', 'The access token is not valid. Sign in again and send the new one.')

/** A valid token that has expired. On this code CloudBase's js-sdk refreshes it by itself. */
export const expiredTokenError = (): GatewayError =>
  new GatewayError(401, 'access_token_expired', 'The access token has expired. Refresh it and send the new one.')

/** A publishable key: `@cloudbase/js-sdk` 3.7 sends it if no user is signed in. */
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

/** An anonymous user, and `ALLOW_ANONYMOUS` is not set. */
export const anonymousUserError = (): GatewayError =>
  new GatewayError(403, 'permission_denied', 'Anonymous users may not use this gateway. Sign in with an account.')

/** A user whom the environment has blocked, or who is in `DENIED_USERS`. */
export const userBlockedError = (): GatewayError =>
  new GatewayError(403, 'permission_denied', "This account may not use this gateway. Ask the app's operator.")

/** The login service did not respond. The token may be good. */
export const authUnavailableError = (cause?: unknown): GatewayError =>
  new GatewayError(503, 'auth_unavailable', 'The login service did not respond. Try again in a few seconds.', {
    headers: { 'retry-after': '5' },
    ...(cause === undefined ? {} : { cause }),
  })
