import { isYes } from '../../../shared/gateway/config/variables/variable.ts'
import { isObject } from '../../../shared/runtime/json.ts'
import { formatValue } from '../../models/difference.ts'
import { planEdit } from '../../models/edit-model.ts'
import { readFieldTexts } from '../../models/field-options.ts'
import type { ModelMap } from '../../models/model-map.ts'
import type { Plan, PlanChange } from '../changes/plan.ts'
import { openEditedMap } from './read-models.ts'

/** Plans a change of one entry: `{model, is_new, fields}`. The fields are texts by name; a blank one removes its field. The gateway's own
 *  rules must accept the entry, unless it is switched off.
 *  @throws TypeError if it cannot be used; its message says why */
export const planModelEdit: PlanChange = async (workspace, request) => {
  const { model, is_new: isNew = false, fields } = request
  if (typeof model !== 'string' || model.trim() === '' || !isObject(fields))
    throw new TypeError('Name the model, and at least one field.')
  const edit = { model: model.trim(), isNew: isNew === true, fields: readFieldTexts(fields) }
  const { variables } = workspace
  return useMap(workspace, async (map) => {
    const read = await map.read()
    const options = { variables, allowPrivate: isYes(variables['ALLOW_PRIVATE_UPSTREAMS']) }
    const { change, problems } = await planEdit(map, read, edit, options)
    if (problems.length > 0) throw new TypeError(problems.join(' '))
    if (!change) throw new TypeError('The entry has these values already.')
    const { row, before, columns } = change
    return {
      items: [
        ...columns.map((name) => ({ name, before: toShown(name, before?.[name]), after: toShown(name, row[name]) })),
        { name: 'written_to', before: null, after: map.name },
      ],
      word: row.model_name,
      basis: before ?? null,
      apply: () =>
        useMap(workspace, async (opened) => {
          await opened.write(change)
          return { model: row.model_name, kind: opened.kind }
        }),
    } satisfies Plan
  })
}

/** Null: the field has no value. */
const toShown = (name: string, value: unknown): string | null =>
  value === undefined || value === null || value === '' ? null : formatValue(name, value)

/** Each look and each change has a connection of its own: between them the owner may think for long. */
const useMap = async <Result>(
  workspace: Parameters<PlanChange>[0],
  use: (map: ModelMap) => Promise<Result>,
): Promise<Result> => {
  const map = await openEditedMap(workspace)
  try {
    return await use(map)
  } finally {
    await map.close()
  }
}
