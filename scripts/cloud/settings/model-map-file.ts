import { join } from 'node:path'
import { isYes } from '../../../shared/gateway/config/variables/variable.ts'
import { describeUnknownProvider, formatUnknownFields } from '../../../shared/models/entries/unknown-names.ts'
import { type Entries, type ValidatedMap, validateMap } from '../../../shared/models/entries/validate-map.ts'
import { loadLocalMap } from '../../../shared/models/sources/local-source.ts'
import { findPresetName } from '../../../shared/protocol/provider-presets.ts'
import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import { readText } from '../../variables/read-text.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'

/** Returns the models of `model_map.json` that are not offered, because `model_list.json` names only others.
 *  @throws DeploymentError if the map is missing or not a JSON object */
export const findUnlistedModels = (folder: string): string[] => {
  const listFile = join(folder, 'model_list.json')
  const { list } = loadLocalMap({ map: undefined, mapFile: undefined, list: undefined, listFile, log: () => {} })
  return list?.length ? [...readEntries(folder).keys()].filter((model) => !list.includes(model)) : []
}

/** Returns what the gateway could not use of `model_map.json`, as its log would say it. Keys have checks of their own.
 *  @throws DeploymentError if the map is missing or not a JSON object */
export const findMapFaults = (folder: string, variables: Variables): string[] => {
  const { rejected, problems, unknownFields, unknownProviders } = validateFile(folder, variables)
  return [
    ...[...rejected, ...problems].map(({ model, reason }) => `${model}: ${reason}`),
    ...(unknownFields.length > 0 ? [`The gateway does not use the fields ${formatUnknownFields(unknownFields)}.`] : []),
    ...unknownProviders.map((provider) => `${provider}: ${describeUnknownProvider(provider)}`),
  ]
}

/** Returns the models of CloudBase itself that the gateway may call by `model_map.json`, each once, by the names that CloudBase gives
 *  them. Keys have checks of their own.
 *  @throws DeploymentError if the map is missing or not a JSON object */
export const findCloudbaseModels = (folder: string, variables: Variables): string[] => {
  const { usable, route } = validateFile(folder, variables)
  const targets = [...usable.keys()].flatMap((model) => route(model)?.targets ?? [])
  const found = targets.filter(({ provider }) => findPresetName(provider) === 'cloudbase')
  return [...new Set(found.map(({ upstreamModel }) => upstreamModel))]
}

/** Validates the map as the gateway does if all keys are set. */
const validateFile = (folder: string, variables: Variables): ValidatedMap => {
  const variable = (name: string): string => (name === 'CLOUDBASE_ENV_ID' ? (variables[name] ?? '') : 'set')
  return validateMap(readEntries(folder), { variable, allowPrivate: isYes(variables['ALLOW_PRIVATE_UPSTREAMS']) })
}

/** Reads the entries that are not disabled.
 *  @throws DeploymentError if the map is missing or not a JSON object */
export const readEntries = (folder: string): Entries => {
  let text = ''
  try {
    text = readText(join(folder, 'model_map.json'))
  } catch {
    throw new DeploymentError('There is no model_map.json here. Run this from the folder of the gateway.')
  }
  if (!isObject(parseJson(text))) throw new DeploymentError('model_map.json is not a JSON object. Correct its syntax.')
  return loadLocalMap({ map: text, mapFile: undefined, list: undefined, listFile: undefined, log: () => {} }).entries
}
