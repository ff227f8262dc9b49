import type { Log } from '../runtime/log.ts'
import { describeUnknownProvider, formatUnknownFields } from './entries/unknown-names.ts'
import type { Snapshot } from './snapshot.ts'

/** The most lines of one kind that a load logs. */
const maxReported = 50

/** What to do about an empty map if nothing else is known about it. */
const noModelsHelp =
  'No model is set up. Set MODEL_PROVIDER_MAP_FILE to the path of a filled model_map.json, or fill MODEL_PROVIDER_MAP or the model table.'

/** Logs the faults of a loaded map. `emptyReason`: why the map has no model, if that is known. */
export const logLoadReport = (loaded: Snapshot, emptyReason: string | undefined, log: Log): void => {
  const { rejected, problems, models, unknownFields, unknownProviders } = loaded
  for (const { model, reason } of rejected.slice(0, maxReported)) log('warn', 'model_rejected', { model, reason })
  for (const { model, reason } of problems.slice(0, maxReported)) log('warn', 'model_problem', { model, reason })
  if (unknownFields.length > 0)
    log('warn', 'model_fields_unknown', { fields: formatUnknownFields(unknownFields.slice(0, maxReported)) })
  for (const provider of unknownProviders.slice(0, maxReported))
    log('warn', 'provider_unknown', { provider, help: describeUnknownProvider(provider) })
  if (models.length === 0) log('warn', 'no_models', { help: emptyReason ?? noModelsHelp })
}
