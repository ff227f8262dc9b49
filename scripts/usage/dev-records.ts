import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { devUsageFile } from '../local/dev-environment.ts'
import { isSet, type Variables } from '../variables/read-variables.ts'

/** Without `USAGE_STORE`, names the file of `npm run dev` if it is there. */
export const addDevRecords = (variables: Variables, folder: string): Variables => {
  if (isSet(variables['USAGE_STORE']) || !existsSync(join(folder, devUsageFile))) return variables
  return { ...variables, USAGE_STORE: 'file', USAGE_FILE: devUsageFile }
}
