import { expect, test } from '@jest/globals'
import { describeMisspelledVariables } from '../../scripts/variables/misspelled-variables.ts'

test.each([
  ['USAGE_STOR', 'USAGE_STORE'],
  ['GATEWAY_ADMNI_KEY', 'GATEWAY_ADMIN_KEY'],
  ['CLOUDBASE_API_KEY', 'CLOUDBASE_APIKEY'],
  ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRETID'],
  ['MODEL_PROVIDER_MAP_FIEL', 'MODEL_PROVIDER_MAP_FILE'],
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['max_body_bytes', 'MAX_BODY_BYTES'],
])('names the variable that %s may mean: %s', (name, meant) => {
  expect(describeMisspelledVariables({ [name]: 'x' }, 'en')).toEqual([`${name} is not read. Did you mean ${meant}?`])
  expect(describeMisspelledVariables({ [name]: 'x' }, 'zh')).toEqual([`没有程序读取 ${name}。是否想写 ${meant}？`])
})

test('mentions no variable of another program, no key of a provider, no blank one and none of its own', () => {
  const variables = {
    ...{
      PATH: 'x',
      HOME: 'x',
      LANG: 'x',
      PWD: 'x',
      SHLVL: 'x',
      TERM: 'x',
      USER: 'x',
      SHELL: 'x',
      POST: 'x',
      HOSTS: 'x',
    },
    ...{ MYSQL_PWD: 'x', MYSQL_HOME: 'x', MYSQL_TCP_PORT: 'x', NODE_OPTIONS: 'x', npm_config_loglevel: 'x' },
    ...{
      GLM_API_KEY: 'x',
      ZAI_API_KEY: 'x',
      GITHUB_TOKEN: 'x',
      PORTS: 'x',
      DATABASE_URL: 'x',
      LC_ALL: 'x',
      NO_COLOR: 'x',
    },
    ...{ USAGE_STOR: ' ', USAGE_STORE: 'file', PORT: '3000', GATEWAY_TOKEN: 't', LOG_FORMAT: 'json' },
  }
  expect(describeMisspelledVariables(variables, 'en')).toEqual([])
})
