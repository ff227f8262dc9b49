import type { Variables } from '../../variables/read-variables.ts'

/** Whether the gateway uses MySQL at all, by its variables. */
export const usesMysql = (variables: Variables): boolean =>
  variables['USAGE_STORE'] === 'mysql' || readsModelTable(variables)

/** Whether the model map may be in a table. */
export const readsModelTable = (variables: Variables): boolean =>
  variables['REMOTE_CONFIG_SOURCE'] !== 'none' &&
  ['MYSQL_DSN', 'MYSQL_HOST', 'REMOTE_CONFIG_SOURCE'].some((name) => variables[name] !== undefined)
