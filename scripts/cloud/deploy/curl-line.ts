import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../../../shared/runtime/json.ts'

/** Formats a curl command for a first call, with a model from the user's own list. */
export const formatCurlLine = (url: string, folder: string): string => {
  const list = parseJson(readFileSync(join(folder, 'model_list.json'), 'utf8'))
  const model = Array.isArray(list) ? String(list[0]) : 'your-model'
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: '你好' }], stream: true })
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    "  -H 'Authorization: Bearer <access token>' \\",
    "  -H 'Content-Type: application/json' \\",
    `  -d '${body}'`,
  ].join('\n')
}
