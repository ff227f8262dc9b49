import { resolve } from 'node:path'

/** Variables that name files: each function runs in a folder of its own, where a relative path would mean another file. */
const pathVariables = ['MODEL_PROVIDER_MAP_FILE', 'MODEL_LIST_FILE', 'USAGE_FILE'] as const

/** The environment with every path taken from `folder`. Usage records that are to be kept in a file no one named go to
 *  `usage.jsonl` there, not into a built folder that the next build clears. */
export const toAbsolutePaths = (environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv => {
  const given: NodeJS.ProcessEnv = {
    ...(environment['USAGE_STORE'] === 'file' && { USAGE_FILE: 'usage.jsonl' }),
    ...environment,
  }
  const paths = pathVariables.flatMap((name) => {
    const path = given[name]
    return path ? [[name, resolve(folder, path)]] : []
  })
  return { ...environment, ...Object.fromEntries(paths) }
}
