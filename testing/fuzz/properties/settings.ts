import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { sslModes } from '../../../shared/drivers/mysql-login.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { parseDsn } from '../../../shared/gateway/config/mysql-dsn.ts'
import { environmentSchema, readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import { serverVariables } from '../../../shared/gateway/config/variables/server-variables.ts'
import { parseModelList } from '../../../shared/models/sources/model-list.ts'
import { parseTableName } from '../../../shared/models/sources/table.ts'
import { parserProperty } from '../case-property.ts'
import type { FuzzProperty } from '../property.ts'
import { jsonText, nearlyJson, text } from '../values/json.ts'

const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
)
const name = fc.string({ minLength: 1, maxLength: 24, unit: 'grapheme' })

const login = fc.record({
  user: name,
  password: fc.string({ maxLength: 24, unit: 'grapheme' }),
  host,
  port: fc.integer({ min: 1, max: 65_535 }),
  database: name,
  sslMode: fc.constantFrom(...sslModes),
})

type Login = typeof login extends fc.Arbitrary<infer Value> ? Value : never

const formatDsn = ({ user, password, host: at, port, database, sslMode }: Login): string => {
  const [u, p, d] = [user, password, database].map(encodeURIComponent)
  return `mysql://${u}:${p}@${at}:${port}/${d}?ssl-mode=${sslMode}`
}

const dsnPiece = fc.oneof(
  fc.constantFrom('mysql://', 'mysql', ':', '@', '/', '?', '[', ']', '%', '%zz', 'a', '3306', 'ssl=1'),
  fc.string({ maxLength: 6 }),
)

const variableValue = fc.oneof(
  text,
  fc.constantFrom(
    'true',
    'false',
    '0',
    '-1',
    '1e3',
    '999999999999',
    'mysql://u:p@h/d',
    'https://a.example',
    'http://[',
    '{}',
    '[]',
    '{"m":{}}',
    "'{}'",
  ),
  jsonText,
  nearlyJson,
)

const variableName = fc.constantFrom(...Object.keys(environmentSchema), ...Object.keys(serverVariables))

/** Properties of the settings of operators. */
export const settingProperties: readonly FuzzProperty[] = [
  parserProperty({
    area: 'settings',
    title: 'a data source name is parsed into the parts that it was made of',
    weight: 3,
    draws: login,
    holds: (given) =>
      deepEqual(parseDsn(formatDsn(given), 'disabled'), { ...given, host: given.host.replace(/^\[|\]$/g, '') }),
  }),
  parserProperty({
    area: 'settings',
    title: 'any text is parsed as a data source name or as undefined, in little time',
    weight: 3,
    draws: fc
      .tuple(fc.array(dsnPiece, { maxLength: 12 }), fc.constantFrom(1, 1, 500))
      .map(([pieces, times]) => pieces.join('').repeat(times)),
    holds: (given) => {
      const read = parseDsn(given, 'required')
      if (read) ok(read.host !== '' && read.user !== '' && read.database !== '' && Number.isInteger(read.port))
    },
  }),
  parserProperty({
    area: 'settings',
    title: 'a table name is quoted completely or rejected',
    weight: 2,
    draws: fc.oneof(text, fc.stringMatching(/^[A-Za-z_.`;'" -]{0,70}$/)),
    holds: (given) => {
      const read = parseTableName(given)
      if (read) equal(read.quoted.replaceAll('`', ''), given)
      if (read) ok(/^(`\w{1,64}`\.)?`\w{1,64}`$/.test(read.quoted), read.quoted)
    },
  }),
  parserProperty({
    area: 'settings',
    title: 'any list of models is parsed as names or as undefined',
    weight: 2,
    draws: fc.oneof(
      text,
      nearlyJson,
      jsonText,
      fc.array(text).map((names) => names.join(',')),
    ),
    holds: (given) => ok((parseModelList(given) ?? []).every((item) => typeof item === 'string')),
  }),
  parserProperty({
    area: 'settings',
    title: 'any environment is read, and its problems are reported without values',
    weight: 4,
    draws: fc.dictionary(variableName, variableValue, { maxKeys: 8 }),
    holds: (environment) => {
      const { problems } = readEnvironment(environment)
      for (const { variable, problem } of problems) {
        const value = environment[variable] ?? ''
        ok(value.length < 8 || !problem.includes(value), `the value of ${variable} was repeated`)
      }
    },
  }),
  parserProperty({
    area: 'settings',
    title: 'any environment becomes a configuration',
    weight: 2,
    draws: fc.dictionary(variableName, variableValue, { maxKeys: 8 }),
    holds: (environment) => {
      const { timeouts, server } = readConfig({ ...environment, DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
      for (const milliseconds of Object.values(timeouts)) ok(milliseconds > 0 && milliseconds < 2 ** 31)
      ok(server.maxBodyBytes > 0 && server.port > 0)
    },
  }),
]
