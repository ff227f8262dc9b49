import { join } from 'node:path'
import { isYes } from '../../../shared/gateway/config/variables/variable.ts'
import { describeUnknownProvider, formatUnknownFields } from '../../../shared/models/entries/unknown-names.ts'
import { type Entries, validateMap } from '../../../shared/models/entries/validate-map.ts'
import { loadLocalMap } from '../../../shared/models/sources/local-source.ts'
import { findPresetName } from '../../../shared/protocol/provider-presets.ts'
import { isObject, type JsonObject, parseJson } from '../../../shared/runtime/json.ts'
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
  const allowPrivate = isYes(variables['ALLOW_PRIVATE_UPSTREAMS'])
  const variable = (name: string): string => (name === 'CLOUDBASE_ENV_ID' ? (variables[name] ?? '') : 'set')
  const { rejected, problems, unknownFields, unknownProviders } = validateMap(readEntries(folder), {
    variable,
    allowPrivate,
  })
  return [
    ...[...rejected, ...problems].map(({ model, reason }) => `${model}: ${reason}`),
    ...(unknownFields.length > 0 ? [`The gateway does not use the fields ${formatUnknownFields(unknownFields)}.`] : []),
    ...unknownProviders.map((provider) => `${provider}: ${describeUnknownProvider(provider)}`),
  ]
}

/** Returns the models of CloudBase itself that the entries or their targets call, each once, by the names that CloudBase
 *  gives them.
 *  @throws DeploymentError if the map is missing or not a JSON object */
export const findCloudbaseModels = (folder: string): string[] => {
  const found = [...readEntries(folder)].flatMap(([name, entry]) => {
    const { targets } = entry
    const own = Array.isArray(targets) && targets.length > 0 ? targets.filter(isObject) : [{}]
    return own.map((target) => ({ upstream_model: name, ...entry, ...target })).filter(isOfCloudbase)
  })
  return [...new Set(found.map(({ upstream_model }) => String(upstream_model)))]
}

const isOfCloudbase = ({ provider }: JsonObject): boolean =>
  typeof provider === 'string' && findPresetName(provider) === 'cloudbase'

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
