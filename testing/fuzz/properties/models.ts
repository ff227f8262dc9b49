import { equal, ok, throws } from 'node:assert/strict'
import * as fc from 'fast-check'
import { getListBody } from '../../../shared/models/access.ts'
import type { ValidationOptions } from '../../../shared/models/entries/entry-context.ts'
import { validateMap } from '../../../shared/models/entries/validate-map.ts'
import { createSnapshot } from '../../../shared/models/snapshot.ts'
import { loadLocalMap } from '../../../shared/models/sources/local-source.ts'
import { toLoadedMap } from '../../../shared/models/sources/table.ts'
import type { Route } from '../../../shared/protocol/route.ts'
import type { User } from '../../../shared/protocol/user.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { isPrivateHost } from '../../../shared/runtime/private-address.ts'
import { parserProperty } from '../case-property.ts'
import type { FuzzProperty } from '../property.ts'
import { json, nearlyJson, text } from '../values/json.ts'

const administrator: User = { id: 'admin', kind: 'admin', groups: [] }
const variables: Readonly<Record<string, string>> = {
  A_API_KEY: 'key-of-a',
  MYSQL_PASSWORD: 'hidden',
  TENCENTCLOUD_SECRETKEY: 'hidden',
}
const options: ValidationOptions = { allowPrivate: false, variable: (name) => variables[name] }

/** Addresses that no route may have, in several spellings. */
const forbidden = [
  ...['https://127.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://[::ffff:10.0.0.1]/', 'https://[fd00::1]/v1'],
  ...['https://169.254.0.23/', 'https://metadata.tencentyun.com/', 'https://u:p@a.example/', 'http://a.example'],
  ...['file:///etc/passwd', 'https://localhost/', 'https://１２７.0.0.1/'],
]

const address = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('https://api.example.com/v1', 'https://api.example.com/compatible-mode/v1/'),
  },
  { weight: 2, arbitrary: fc.constantFrom(...forbidden) },
  { weight: 2, arbitrary: fc.ipV4().map((host) => `https://${host}/v1`) },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
  { weight: 1, arbitrary: fc.oneof(text, json) },
)

const field = <Value>(likely: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: likely }, { weight: 1, arbitrary: json })

const price = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0.8', '2', 0.5, '0.000001') },
  { weight: 1, arbitrary: fc.constantFrom('1e-7', '-1', 'NaN', '999999999999') },
)

/** Names that entries have and fallbacks lead to. */
const name = fc.constantFrom('a', 'b', 'A')

const targetFields = {
  provider: field(fc.constantFrom('openai', 'deepseek', 'azure', 'Unknown', 'toString')),
  api_base: address,
  api_key_env: field(
    fc.constantFrom(
      'A_API_KEY',
      'A_API_KEY,UNSET_API_KEY',
      'MYSQL_PASSWORD',
      'TENCENTCLOUD_SECRETKEY',
      'UNSET_API_KEY',
    ),
  ),
  api_key: field(fc.constantFrom('key', 'key', '', 'a\r\nb')),
  enabled: field(fc.constantFrom(0, 1, true, false, '0', '1')),
  upstream_model: field(fc.constantFrom('x/y', 'm', ' ')),
  completions_mode: field(fc.constantFrom('auto', 'native', 'chat')),
  stream_usage: field(fc.constantFrom('auto', 'force', 'off')),
  thinking: field(fc.constantFrom('auto', 'on', 'off')),
  json_schema: field(fc.constantFrom('native', 'prompt')),
  default_params: field(fc.dictionary(text, json)),
  drop_params: field(fc.array(text)),
  weight: field(fc.constantFrom(0, 1, '2.5')),
  max_concurrency: field(fc.integer({ min: 1, max: 9 })),
  switch_on: field(fc.constantFrom('server_error', ['context_length'])),
  max_tokens: field(fc.integer({ min: 1, max: 99_999 })),
  input_price_per_1m: field(price),
  output_price_per_1m: field(price),
  cache_price_per_1m: field(price),
  search_price_per_1k: field(price),
  unheard_of: json,
}

const fields = fc.record(
  {
    ...targetFields,
    allowed_groups: field(fc.array(text)),
    targets: field(fc.array(fc.record(targetFields, { requiredKeys: [] }), { maxLength: 3 })),
    fallbacks: field(fc.array(name, { maxLength: 3 })),
  },
  { requiredKeys: ['api_base'] },
)

const row = fc.tuple(fc.oneof(name, text, json), fields).map(([model_name, rest]) => ({ ...rest, model_name }))

/** Properties of model maps in tables, files and variables. */
export const modelProperties: readonly FuzzProperty[] = [
  parserProperty({
    area: 'models',
    title: 'each entry of a model map becomes a route or is rejected by name, and no route has a forbidden address',
    weight: 4,
    draws: fc.array(fc.tuple(fc.oneof(name, text), fields), { maxLength: 5 }),
    holds: (entries) => {
      const map = new Map(entries as [string, JsonObject][])
      const { usable, rejected, route } = validateMap(map, options)
      equal(usable.size + rejected.length, map.size)
      for (const model of usable.keys()) {
        for (const { apiBase, apiKey } of (route(model) as Route).targets) {
          const url = new URL(apiBase)
          ok(url.protocol === 'https:' && !isPrivateHost(url.hostname) && !url.username, apiBase)
          ok(apiKey !== 'hidden', 'a route has a secret that is not a provider key')
        }
      }
    },
  }),
  parserProperty({
    area: 'models',
    title: 'any rows of a table become a snapshot with a list of models',
    weight: 3,
    draws: fc.array(row, { maxLength: 5 }),
    holds: (rows) => {
      const snapshot = createSnapshot(toLoadedMap(rows, 'mysql'), options)
      const { data } = JSON.parse(getListBody(snapshot, administrator).toString()) as { data: unknown[] }
      equal(data.length, snapshot.models.length)
      for (const model of snapshot.models) equal(snapshot.route(model).model, model)
    },
  }),
  parserProperty({
    area: 'models',
    title: 'any text of a map or list becomes a snapshot that finds a model or throws a GatewayError',
    weight: 2,
    draws: fc.tuple(
      fc.oneof(
        nearlyJson,
        fc.dictionary(text, fields).map((map) => JSON.stringify(map)),
      ),
      fc.oneof(text, nearlyJson),
      text,
    ),
    holds: ([map, list, model]) => {
      const loaded = loadLocalMap({ map, list, mapFile: undefined, listFile: undefined, log: () => undefined })
      const snapshot = createSnapshot(loaded, options)
      if (snapshot.models.includes(model)) equal(snapshot.route(model).model, model)
      else throws(() => snapshot.route(model), { name: 'GatewayError' })
    },
  }),
]
