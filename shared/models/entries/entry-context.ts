import { findPreset, type Preset } from '../../protocol/provider-presets.ts'
import { memoize } from '../../runtime/memoize.ts'
import { type ApiBaseOptions, checkApiBase, resolvePreset } from './entry-rules.ts'
import { isProviderKeyName } from './provider-key-name.ts'

export interface RouteOptions extends ApiBaseOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined
  /** Hears every key that the map itself holds, usable or not, so that it can be kept out of logs and replies. */
  readonly learnKey?: (key: string) => void
}

/** What was found out about a part of an entry: what to use, or why the entry cannot be used. */
export interface KeyResult {
  readonly value?: string | undefined
  readonly problem?: string | undefined
}

/** What was found out about a base: it, without slashes and the endpoint's own path at its end, and what providers' names stand
 *  for there. */
export interface BaseResult extends KeyResult {
  readonly presetFor: (provider: string) => Preset | string
}

/** What is known of the parts that entries share: thousands of rows have a few providers, addresses and keys, so each is judged
 *  once a load. */
export interface EntryContext {
  /** A base; `''` stands for none. */
  readonly base: (base: string) => BaseResult
  /** The key in a variable. */
  readonly keyIn: (name: string) => KeyResult
  /** The key in a variable that an entry names. */
  readonly namedKey: (name: string) => KeyResult
  /** Whether a preset has this name. */
  readonly isPreset: (provider: string) => boolean
}

/** Makes the judgements of one load. */
export const createEntryContext = (options: RouteOptions): EntryContext => {
  const { variable } = options
  const keyIn = memoize((name) => checkKey(name, variable(name)))
  const presetAt = (base: string, provider: string): Preset | string =>
    resolvePreset(provider, base || undefined, variable('CLOUDBASE_ENV_ID'))
  return {
    keyIn,
    base: memoize((base) => ({
      value: base.replace(/(\/chat\/completions)?\/*$/, ''),
      problem: checkApiBase(base, options),
      presetFor: memoize((provider) => presetAt(base, provider)),
    })),
    namedKey: memoize((name) => (isProviderKeyName(name) ? keyIn(name) : { problem: keyNameProblem })),
    isPreset: memoize((provider) => findPreset(provider) !== undefined),
  }
}

/** A header carries the key: visible ASCII (RFC 9110, 5.5). */
const checkKey = (name: string, value: string | undefined): KeyResult =>
  value === undefined || /^[!-~]+$/.test(value)
    ? { value }
    : { problem: `Its key holds blanks, line breaks or odd characters. Correct the environment variable ${name}.` }

const keyNameProblem =
  'Its api_key_env does not name a provider key. Such names end in _API_KEY, _KEY or _TOKEN and belong to no other secret.'
