import { hasOtherShape, type Preset, presetName, presetOf } from '../protocol/presets.ts'

/** What an entry's provider name stands for, or why it cannot be used. A name that nobody knows stands for OpenAI's shape at
 *  the entry's own base. A preset's key is for its own address: `openai` with another base is how self-hosted models are set
 *  up, and CloudBase's key opens the whole environment. */
export const entryPreset = (
  provider: string,
  ownBase: string | undefined,
  envId: string | undefined,
): Preset | string => {
  if (hasOtherShape(provider))
    return `The provider '${provider}' does not speak OpenAI's API under that name. Set provider to "openai" and api_base to its OpenAI-compatible endpoint.`
  const preset = presetOf(provider)
  if (!preset && !ownBase)
    return `The provider '${provider}' is not known and the entry has no api_base. Correct the name or set api_base.`
  const keyIsForIt = !ownBase || (homes[presetName(provider) ?? ''] ?? anywhere)(ownBase, envId)
  return preset && keyIsForIt ? preset : { apiBase: ownBase, keyVariables: [] }
}

const anywhere = (): boolean => true

/** Presets whose key goes to their own hosts only. */
const homes: Readonly<Record<string, (base: string, envId: string | undefined) => boolean>> = {
  openai: (base) => hostOf(base) === 'api.openai.com',
  cloudbase: (base, envId) =>
    base.startsWith('https:') &&
    [`${envId}.api.tcloudbasegateway.com`, `${envId}.api.intl.tcloudbasegateway.com`].includes(hostOf(base)),
}

const hostOf = (base: string): string => (URL.canParse(base) ? new URL(base).hostname : '')
