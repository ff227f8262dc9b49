import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { devRowFiles, devUsageFile } from '../local/dev-environment.ts'
import { isSet, type Variables } from '../variables/read-variables.ts'

/** Without `USAGE_STORE`, names the store of `npm run dev`. */
export const addDevStore = (variables: Variables): Variables =>
  isSet(variables['USAGE_STORE']) ? variables : { ...variables, USAGE_STORE: 'file', USAGE_FILE: devUsageFile }

/** Without `USAGE_STORE`, names the store of `npm run dev` if it holds records, keys or wallets. */
export const addDevRecords = (variables: Variables, folder: string): Variables =>
  [devUsageFile, ...devRowFiles].some((file) => existsSync(join(folder, file))) ? addDevStore(variables) : variables
