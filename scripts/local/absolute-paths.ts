import { resolve } from 'node:path'

/** Variables that name files. Each function runs in its own folder, so a relative path would name another file
 *  there. */
const pathVariables = [
  'MODEL_PROVIDER_MAP_FILE',
  'MODEL_LIST_FILE',
  'QUOTAS_FILE',
  'MODERATION_WORDS_FILE',
  'USAGE_FILE',
] as const

/** Makes every path absolute, from `folder`. If usage records go to a file without a name, that is `usage.jsonl` in
 *  `folder`, because the next build clears the built folders. */
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
