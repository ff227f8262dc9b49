import type { Environment } from './environment.ts'

/** What our functions authenticate to CloudBase with. */
export type Credentials = { readonly accessKey: string } | { readonly secretId: string; readonly secretKey: string }

/** An API key, or a key pair that is the operator's own. The platform's temporary pair, which comes with a session token, is
 *  none: it goes stale in an HTTP function, which reads its environment once. */
export const getCredentials = (values: Environment): Credentials | undefined => {
  const { CLOUDBASE_APIKEY: accessKey, TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey } = values
  if (accessKey) return { accessKey }
  return secretId && secretKey && !values.TENCENTCLOUD_SESSIONTOKEN ? { secretId, secretKey } : undefined
}

/** What to set where there are none. */
export const credentialsHelp =
  "Set CLOUDBASE_APIKEY, or TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY of your own without TENCENTCLOUD_SESSIONTOKEN: the platform's temporary keys expire while a function runs and are not used."
