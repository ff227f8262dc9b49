import { join } from 'node:path'
import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import { readText } from '../../variables/read-text.ts'

/** Formats a curl command for a first call, with a model from the user's own list or map. */
export const formatCurlLine = (url: string, folder: string): string => {
  const readJson = (file: string): unknown => parseJson(readText(join(folder, file)))
  const list = readJson('model_list.json')
  const [model = 'your-model'] =
    Array.isArray(list) && list.length > 0 ? list.map(String) : getNames(readJson('model_map.json'))
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: '你好' }], stream: true })
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    "  -H 'Authorization: Bearer <access token>' \\",
    "  -H 'Content-Type: application/json' \\",
    `  -d '${body}'`,
  ].join('\n')
}

const getNames = (map: unknown): string[] => (isObject(map) ? Object.keys(map) : [])
