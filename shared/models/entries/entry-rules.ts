import { findPreset, findPresetName, hasForeignApi, type Preset } from '../../protocol/provider-presets.ts'
import { isProviderKeyName } from './provider-key-name.ts'

export interface ApiBaseOptions {
  /** Whether `api_base` may be http and lead to private addresses. */
  readonly allowPrivate: boolean
  /** Whether a URL's host is, by its spelling alone, one that only this network can reach. */
  readonly isPrivateHost: (hostname: string) => boolean
}

/** What is wrong with an `api_base`, as sentences; undefined when nothing is. Where its name leads is judged again when the
 *  connection is made. */
export const checkApiBase = (base: string, { allowPrivate, isPrivateHost }: ApiBaseOptions): string | undefined => {
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    return 'Its api_base is not a URL. It looks like https://api.example.com/v1.'
  if (url.username || url.password) return 'Its api_base holds a user name or password. Put the key in api_key_env.'
  if (url.search || url.hash) return 'Its api_base holds a query or a fragment. It ends with the version path.'
  if (allowPrivate) return undefined
  if (url.protocol === 'http:') return 'Its api_base is not https. ALLOW_PRIVATE_UPSTREAMS=true permits http.'
  if (isPrivateHost(url.hostname))
    return 'Its api_base is a private address. ALLOW_PRIVATE_UPSTREAMS=true permits that.'
  return undefined
}

/** What an entry's provider name stands for, or why it cannot be used. A name that nobody knows stands for OpenAI's shape at
 *  the entry's own base. A preset's key is for its own address: `openai` with another base is how self-hosted models are set
 *  up, and CloudBase's key opens the whole environment. */
export const resolvePreset = (
  provider: string,
  ownBase: string | undefined,
  envId: string | undefined,
): Preset | string => {
  if (hasForeignApi(provider))
    return `The provider '${provider}' does not speak OpenAI's API under that name. Set provider to "openai" and api_base to its OpenAI-compatible endpoint.`
  const preset = findPreset(provider)
  if (!preset && !ownBase)
    return `The provider '${provider}' is not known and the entry has no api_base. Correct the name or set api_base.`
  const isForIt = !ownBase || !preset || mayReceiveKey(ownBase, provider, preset, envId)
  return preset && isForIt ? preset : { apiBase: ownBase, keyVariables: [] }
}

/** Keys that open more than models, such as an account or an environment, go to their own hosts only. */
const mayReceiveKey = (
  base: string,
  provider: string,
  { apiBase = '', keyVariables }: Preset,
  envId?: string,
): boolean => {
  const name = findPresetName(provider)
  if (name === 'cloudbase')
    return ['', '.intl'].some((area) => base.startsWith(`https://${envId}.api${area}.tcloudbasegateway.com/`))
  return (name !== 'openai' && keyVariables.every(isProviderKeyName)) || getHost(base) === getHost(apiBase)
}

const getHost = (base: string): string => (URL.canParse(base) ? new URL(base).hostname : '')
