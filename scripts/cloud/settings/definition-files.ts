import { readFileSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import type { Unzipped } from 'fflate'
import { parseUsableQuotas } from '../../../shared/gateway/stores/quota-source.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { DeploymentError } from '../client/deployment-error.ts'

/** Variables that name a file which the functions read. */
const fileVariables = ['QUOTAS_FILE', 'MODERATION_WORDS_FILE'] as const

/** Reads the files that the deployed functions need beside their code, such as that of `QUOTAS_FILE`. Each is packed under the same
 *  path, which a function reads relative to its folder.
 *  @throws DeploymentError if a file is missing, outside the folder, or holds quotas that cannot be used */
export const readDefinitionFiles = (folder: string, variables: Variables): Unzipped =>
  Object.fromEntries(
    fileVariables.flatMap((variable) => {
      const path = variables[variable]?.trim()
      return path
        ? [[toPackedName(variable, path), readDefinition(variable, join(folder, path), variables)] as const]
        : []
    }),
  )

const toPackedName = (variable: string, path: string): string => {
  const name = normalize(path).replaceAll('\\', '/')
  if (isAbsolute(path) || name.startsWith('../'))
    throw new DeploymentError(`${variable} names ${path}. Deployed functions need a file in the folder of the gateway.`)
  return name
}

const readDefinition = (variable: string, path: string, { KEYS }: Variables): Buffer<ArrayBuffer> => {
  try {
    const bytes = readFileSync(path)
    const hasKeys = KEYS?.trim() === 'on'
    const problem =
      variable === 'QUOTAS_FILE' ? parseUsableQuotas(bytes.toString(), variable, hasKeys).problem : undefined
    if (problem !== undefined) throw new DeploymentError(problem)
    return bytes
  } catch (error) {
    if (error instanceof DeploymentError) throw error
    throw new DeploymentError(`${variable} names a file that cannot be read. Put it there or correct the path.`)
  }
}
