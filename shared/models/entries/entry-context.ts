import { findPreset, type Preset } from '../../protocol/provider-presets.ts'
import { memoize } from '../../runtime/memoize.ts'
import type { Result } from '../../runtime/result.ts'
import { parseApiBase, resolvePreset } from './entry-rules.ts'
import { isProviderKeyName } from './provider-key-name.ts'

/** The environment and the rules that entries are validated with. */
export interface ValidationOptions {
  /** Returns the value of an environment variable; undefined if it is not set. */
  readonly variable: (name: string) => string | undefined
  /** Whether `api_base` may be http and lead to private addresses. */
  readonly allowPrivate: boolean
  /** Called with each key that the map itself holds, usable or not, so that it can be kept out of logs and replies. */
  readonly learnKey?: (key: string) => void
}

/** The parts that entries share. Thousands of entries have few providers, addresses and keys, so each part is checked
 *  once per load (docs/decisions/0025-first-load-of-a-long-map.md). */
export interface EntryContext {
  /** Checks an entry's base; `''` stands for none. */
  readonly getBase: (base: string) => BaseContext
  /** The key in a variable; undefined if the variable is not set. */
  readonly getKey: (name: string) => Result<string | undefined>
  /** The key in a variable that an entry names. Its name must be that of a provider key. */
  readonly getNamedKey: (name: string) => Result<string | undefined>
  /** Whether a provider name has a preset. */
  readonly hasPreset: (provider: string) => boolean
}

/** A base of entries. */
export interface BaseContext {
  /** The base as requests use it. */
  readonly url: Result<string>
  /** The preset that a provider name has at this base. */
  readonly getPreset: (provider: string) => Result<Preset>
}

/** Creates the context of one load. */
export const createEntryContext = ({ variable, allowPrivate }: ValidationOptions): EntryContext => {
  const getKey = memoize((name) => checkKey(name, variable(name)))
  return {
    getKey,
    getNamedKey: memoize((name) => (isProviderKeyName(name) ? getKey(name) : { problem: wrongKeyName })),
    getBase: memoize((base) => ({
      url: parseApiBase(base, allowPrivate),
      getPreset: memoize((provider) => resolvePreset({ provider, base, envId: variable('CLOUDBASE_ENV_ID') })),
    })),
    hasPreset: memoize((provider) => findPreset(provider) !== undefined),
  }
}

/** A header carries the key, so it must be visible ASCII (RFC 9110, 5.5). */
const checkKey = (name: string, value: string | undefined): Result<string | undefined> =>
  value === undefined || /^[!-~]+$/.test(value)
    ? { value }
    : { problem: `Its key holds blanks, line breaks or odd characters. Correct the environment variable ${name}.` }

const wrongKeyName =
  'Its api_key_env does not name a provider key. Such names end in _API_KEY, _KEY or _TOKEN and belong to no other secret.'
