import type { Environment } from './variables/environment.ts'

/** The credentials of our functions for CloudBase. */
export type Credentials = { readonly accessKey: string } | { readonly secretId: string; readonly secretKey: string }

/** Returns an API key, or a key pair of the operator's own. The platform's temporary pair, which comes with a session
 *  token, is not used: it expires in an HTTP function, which reads its environment once. Returns undefined if there is
 *  neither. */
export const getCredentials = (values: Environment): Credentials | undefined => {
  const { CLOUDBASE_APIKEY: accessKey, TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey } = values
  if (accessKey) return { accessKey }
  return secretId && secretKey && !values.TENCENTCLOUD_SESSIONTOKEN ? { secretId, secretKey } : undefined
}

/** Says what to set if there are no credentials. */
export const credentialsHelp =
  "Set CLOUDBASE_APIKEY, or TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY of your own without TENCENTCLOUD_SESSIONTOKEN: the platform's temporary keys expire while a function runs and are not used."
