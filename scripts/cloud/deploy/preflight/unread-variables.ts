import { findNearestName } from '../../../../shared/runtime/nearest-name.ts'
import { readVariables } from '../../../variables/read-variables.ts'
import { toolVariableNames } from '../../../variables/tool-variables.ts'
import { accessVariables } from '../../client/connect.ts'
import { readTemplateVariables } from '../../settings/cloudbaserc.ts'
import { getKeyVariables, type ModelKeys } from '../../settings/model-keys.ts'

/** A variable of `.env` that reaches no function and no tool, and a known name that is close to it. */
export interface UnreadVariable {
  readonly name: string
  readonly suggestion: string | undefined
}

/** Finds variables of `.env` and `.env.local` that nothing reads after the deployment: misspelled ones, and those of
 *  the local gateway only. A variable that `cloudbaserc.json` passes on counts as read, whatever its name. A key
 *  that it fails to pass on has its own check. */
export const findUnreadVariables = (folder: string, modelKeys: ModelKeys): UnreadVariable[] => {
  const handedOn = [...readTemplateVariables(folder), ...getKeyVariables(modelKeys)]
  const read = [...handedOn, ...toolVariableNames, ...accessVariables.map(({ name }) => name)]
  const isUnread = (name: string): boolean => !read.includes(name)
  return Object.keys(readVariables(folder, {}))
    .filter(isUnread)
    .map((name) => ({ name, suggestion: findNearestName(name, read) }))
}
