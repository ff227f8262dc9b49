import type { Variables } from '../../variables/read-variables.ts'
import { isRefused } from '../client/cloud-failure.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { runSql } from './run-sql.ts'

/** Whether the environment has a MySQL database to which the cloud's API can send statements. If not, the tables are
 *  in another database, named by `MYSQL_DSN` or `MYSQL_HOST`, that this API cannot reach.
 *  @throws DeploymentError if there is neither; rethrows the cloud's error if it refuses the key pair */
export const hasEnvironmentDatabase = async (cloud: Cloud, variables: Variables): Promise<boolean> => {
  try {
    await runSql(cloud, 'SELECT 1')
    return true
  } catch (error) {
    if (isRefused(error)) throw error
    if (variables['MYSQL_DSN'] ?? variables['MYSQL_HOST']) return false
    throw new DeploymentError(
      'The variables need a MySQL database, and there is no MySQL database in use in the environment. ' +
        'Open it (console: MySQL 数据库), or remove ' +
        'REMOTE_CONFIG_SOURCE and USAGE_STORE=mysql from .env.',
      { cause: error },
    )
  }
}
