import { providerNames } from '../../protocol/provider-presets.ts'
import { findNearestName } from '../../runtime/nearest-name.ts'
import { fieldNames } from './entry-schema.ts'

/** Lists names of fields that the gateway does not use, each with the field that is near. */
export const formatUnknownFields = (names: readonly string[]): string =>
  names
    .map((name) => {
      const nearest = findNearestName(name, fieldNames)
      return nearest === undefined ? name : `${name} (did you mean ${nearest}?)`
    })
    .join(', ')

/** Describes what becomes of an entry whose provider has no preset, and what to do. */
export const describeUnknownProvider = (provider: string): string =>
  `No preset has this name, so its API is taken to be OpenAI's.${suggestProvider(provider)} Correct the name, or write openai.`

/** Asks about the provider that is near an unknown one, as a sentence after a blank; empty if none is near. */
export const suggestProvider = (provider: string): string => {
  const nearest = findNearestName(provider, providerNames)
  return nearest === undefined ? '' : ` Did you mean '${nearest}'?`
}
