import { isYes } from '../../../shared/gateway/config/variables/variable.ts'
import { fieldNames } from '../../../shared/models/entries/entry-schema.ts'
import { toPrintableName } from '../../../shared/models/entries/model-name.ts'
import { describeUnknownProvider, formatUnknownFields } from '../../../shared/models/entries/unknown-names.ts'
import { type Entries, validateMap } from '../../../shared/models/entries/validate-map.ts'
import type { Prices, Route } from '../../../shared/protocol/route.ts'
import { isObject, type JsonObject, parseJson } from '../../../shared/runtime/json.ts'
import { findModelKey } from '../../cloud/settings/model-keys.ts'
import { formatValue } from '../../models/difference.ts'
import { listEntries, type ModelMap, openModelMap, type ReadMap } from '../../models/model-map.ts'
import type { Variables } from '../../variables/read-variables.ts'
import type { Workspace } from '../workspace.ts'

/** The models of a gateway. */
export interface ModelsView {
  /** What the console edits: a file, or the table. */
  readonly map: Pick<ModelMap, 'kind' | 'name'>
  readonly models: readonly ModelView[]
  /** What is wrong with the map as a whole, one sentence each. */
  readonly problems: readonly string[]
  /** The fields that an entry can have, without the key itself. */
  readonly fields: readonly string[]
}

/** One entry of the model map. It holds no secret. */
export interface ModelView {
  readonly name: string
  /** `variable`: the entry is in `MODEL_PROVIDER_MAP`, which the console does not edit; `npm run dev` sets it. */
  readonly origin: 'map' | 'variable'
  readonly is_enabled: boolean
  /** Empty if the entry is off or cannot be used. */
  readonly targets: readonly TargetView[]
  readonly key: KeyView
  /** In yuan per million tokens; null: the entry has none. */
  readonly prices: Prices | null
  /** Why it, or a part of it, cannot be used; one sentence each. */
  readonly problems: readonly string[]
  readonly fields: readonly FieldView[]
}

interface TargetView {
  readonly provider: string
  /** Without a login and a query. */
  readonly address: string
  readonly upstream_model: string
  readonly tier: number
}

interface KeyView {
  /** `inline`: the entry itself holds the key. `none`: it needs none. */
  readonly state: 'set' | 'missing' | 'inline' | 'none'
  /** The variables of which one is enough. */
  readonly variables: readonly string[]
}

/** A field of an entry as it is edited. */
export interface FieldView {
  readonly name: string
  readonly text: string
  /** Whether the text stands for a value with a secret in it. */
  readonly is_hidden: boolean
}

/** Opens the model map that the console edits.
 *  @throws TypeError if it is not configured correctly */
export const openEditedMap = ({ variables }: Pick<Workspace, 'variables'>): Promise<ModelMap> =>
  openModelMap(variables, variables['MODEL_PROVIDER_MAP_FILE'] ?? 'model_map.json')

/** Reads the model map, with what the gateway's own rules say about it.
 *  @throws if it cannot be read */
export const readModels = async (workspace: Pick<Workspace, 'variables'>): Promise<ModelsView> => {
  const { variables } = workspace
  const map = await openEditedMap(workspace)
  try {
    const own = viewMap(await map.read(), 'map', variables)
    const other = viewMap(readVariableMap(variables), 'variable', variables)
    return {
      map: { kind: map.kind, name: map.name },
      models: [...other.models, ...own.models],
      problems: own.problems,
      fields: fieldNames.filter((name) => !unedited.includes(name)),
    }
  } finally {
    await map.close()
  }
}

/** Reads the entries that are switched on, those of the variable included. */
export const readAllEntries = async (workspace: Pick<Workspace, 'variables'>): Promise<Entries> => {
  const map = await openEditedMap(workspace)
  try {
    const { loaded } = await map.read()
    return new Map([...loaded.entries, ...readVariableMap(workspace.variables).entries])
  } finally {
    await map.close()
  }
}

/** Other names of fields, and the key, which belongs into `.env`. */
const unedited: readonly string[] = ['custom_llm_provider', 'base_url', 'api_key']

const readVariableMap = ({ MODEL_PROVIDER_MAP: text = '' }: Variables): ReadMap => {
  const map = parseJson(text)
  const entries = listEntries(isObject(map) ? map : {})
  return {
    entries,
    loaded: { source: 'local', version: '', entries, rejected: [], list: undefined, warning: undefined },
  }
}

const viewMap = (
  { entries, loaded }: ReadMap,
  origin: ModelView['origin'],
  variables: Variables,
): Pick<ModelsView, 'models' | 'problems'> => {
  const validated = validate(loaded.entries, variables)
  const faults = [...loaded.rejected, ...validated.rejected, ...validated.problems]
  const models = [...entries].map(([name, fields]): ModelView => {
    const isEnabled = loaded.entries.has(name)
    return {
      name,
      origin,
      is_enabled: isEnabled,
      ...viewRoute(isEnabled ? validated.route(name) : undefined),
      key: viewKey(fields, variables),
      problems: faults.filter(({ model }) => model === toPrintableName(name)).map(({ reason }) => reason),
      fields: viewFields(fields),
    }
  })
  const { unknownFields, unknownProviders } = validated
  const problems = [
    ...(loaded.warning === undefined || entries.size === 0 ? [] : [loaded.warning]),
    ...(unknownFields.length > 0 ? [`The gateway does not use the fields ${formatUnknownFields(unknownFields)}.`] : []),
    ...unknownProviders.map((provider) => `${provider}: ${describeUnknownProvider(provider)}`),
  ]
  return { models, problems }
}

/** Keys count as set: only the functions surely have them. */
const validate = (entries: Entries, variables: Variables) =>
  validateMap(entries, {
    variable: (name) => (name === 'CLOUDBASE_ENV_ID' ? variables[name] : 'set'),
    allowPrivate: isYes(variables['ALLOW_PRIVATE_UPSTREAMS']),
  })

const viewRoute = (route: Route | undefined): Pick<ModelView, 'targets' | 'prices'> => ({
  targets: (route?.targets ?? []).map(({ provider, apiBase, upstreamModel, tier }) => ({
    provider,
    address: formatValue('api_base', apiBase),
    upstream_model: upstreamModel,
    tier,
  })),
  prices: route?.prices ?? null,
})

const viewKey = (fields: JsonObject, variables: Variables): KeyView => {
  if (typeof fields['api_key'] === 'string' && fields['api_key'].trim() !== '')
    return { state: 'inline', variables: [] }
  const [key] = findModelKey(fields, variables['CLOUDBASE_ENV_ID'])
  if (!key?.isNeeded) return { state: 'none', variables: [] }
  const isSet = key.variables.some((name) => variables[name])
  return { state: isSet ? 'set' : 'missing', variables: key.variables }
}

/** A value that the terminal would not show as it is stays hidden. The text for the model is the owner's own. */
const viewFields = (fields: JsonObject): FieldView[] =>
  Object.entries(fields)
    .filter(([name, value]) => isEditable(name) && value !== null && value !== undefined && value !== '')
    .map(([name, value]) => {
      const text = toFieldText(value)
      const shown = formatValue(name, value)
      const isHidden = name !== 'system_prompt' && shown !== text
      return { name, text: isHidden ? shown : text, is_hidden: isHidden }
    })

const isEditable = (name: string): boolean => fieldNames.includes(name) && name !== 'api_key'

/** Lists and objects are JSON, as in the table. */
const toFieldText = (value: unknown): string => {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
