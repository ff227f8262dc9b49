import { findPreset, findPresetName, hasForeignApi, type Preset } from '../../protocol/provider-presets.ts'
import { isPrivateHost } from '../../runtime/private-address.ts'
import type { Result } from '../../runtime/result.ts'
import { isProviderKeyName } from './provider-key-name.ts'
import { suggestProvider } from './unknown-names.ts'

/** Reads an `api_base`. The value has no slashes at its end and no `/chat/completions`. Only the spelling is checked
 *  here: the address behind a host name is checked again when the connection is made.
 *  @param allowPrivate whether it may be http and lead to a private address */
export const parseApiBase = (base: string, allowPrivate: boolean): Result<string> => {
  const value = base.replace(/(\/chat\/completions)?\/*$/, '')
  if (value === '') return { problem: noBase }
  const problem = findBaseProblem(base, allowPrivate)
  return problem === undefined ? { value } : { problem }
}

const noBase = 'It has no api_base. Set it to the URL of the provider, up to and including the version path.'

const findBaseProblem = (base: string, allowPrivate: boolean): string | undefined => {
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

/** An entry's provider and base, as the entry spells them. */
export interface ProviderAtBase {
  readonly provider: string
  /** `''`: the entry has no base. */
  readonly base: string
  /** The CloudBase environment. */
  readonly envId: string | undefined
}

/** Finds the preset of a provider name. An unknown name is taken to be an OpenAI-shaped API at the entry's own base. A
 *  preset brings its key variables only to an address that may receive the key: self-hosted models are set up as
 *  `openai` with another base, and CloudBase's key opens the whole environment. */
export const resolvePreset = ({ provider, base, envId }: ProviderAtBase): Result<Preset> => {
  if (hasForeignApi(provider)) {
    const help = 'Set provider to "openai" and api_base to its OpenAI-compatible endpoint.'
    return { problem: `The provider '${provider}' does not speak OpenAI's API under that name. ${help}` }
  }
  const preset = findPresetAt(provider, envId)
  if (!preset && !base) {
    const help = 'Correct the name or set api_base.'
    return {
      problem: `The provider '${provider}' is not known and the entry has no api_base.${suggestProvider(provider)} ${help}`,
    }
  }
  if (preset && (!base || mayReceiveKey({ provider, base, envId }, preset))) return { value: preset }
  return { value: { apiBase: base, keyVariables: [] } }
}

/** Whether a base may receive the key of a preset. Keys that open more than models, such as an account or an
 *  environment, go to their own hosts only. */
const mayReceiveKey = ({ provider, base, envId }: ProviderAtBase, { apiBase = '', keyVariables }: Preset): boolean => {
  const name = findPresetName(provider)
  if (name === 'cloudbase')
    return ['', '.intl'].some((area) => base.startsWith(`https://${envId}.api${area}.tcloudbasegateway.com/`))
  return (name !== 'openai' && keyVariables.every(isProviderKeyName)) || getHost(base) === getHost(apiBase)
}

/** CloudBase's own AI has a host for each environment (CloudBase documentation, "AI", OpenAI-compatible protocol). */
const findPresetAt = (provider: string, envId: string | undefined): Preset | undefined => {
  const preset = findPreset(provider)
  if (!preset || !envId || findPresetName(provider) !== 'cloudbase') return preset
  return { ...preset, apiBase: `https://${envId}.api.tcloudbasegateway.com/v1/ai/cloudbase` }
}

/** The host of a base; `''` if it is no URL. */
export const getHost = (base: string): string => (URL.canParse(base) ? new URL(base).hostname : '')
