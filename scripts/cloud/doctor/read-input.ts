import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { functions } from '../../functions.ts'
import { connect } from '../client/connect.ts'
import { packFunction } from '../functions/function-package.ts'
import type { CommandContext } from '../prompt/run-command.ts'
import { readCloudbaserc } from '../settings/cloudbaserc.ts'
import { readModelKeys, withModelKeys } from '../settings/model-keys.ts'
import { findCloudbaseModels } from '../settings/model-map-file.ts'
import { keepWanted, selectFunctions } from '../settings/select-functions.ts'
import type { ExaminationInput } from './examine/examination.ts'

/** Reads what the examinations compare: the gateway of a folder, and a connection to its environment. Sends nothing yet.
 *  @throws DeploymentError if a variable or a file is missing */
export const readInput = async ({
  folder,
  variables,
}: Pick<CommandContext, 'folder' | 'variables'>): Promise<ExaminationInput> => {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const modelKeys = readModelKeys(folder, variables)
  const selection = selectFunctions(functions, variables)
  const settings = keepWanted(withModelKeys(readCloudbaserc(folder, variables), modelKeys, variables), selection)
  const getPackage = (name: string) => {
    const own = join(folder, 'dist', 'functions', name)
    return existsSync(join(own, 'index.js')) ? packFunction(own) : undefined
  }
  return {
    cloud: await connect(variables),
    selection,
    settings,
    variables,
    modelKeys,
    cloudbaseModels: findCloudbaseModels(folder, variables),
    version,
    getPackage,
  }
}
