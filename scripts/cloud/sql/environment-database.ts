import type { Variables } from '../../variables/read-variables.ts'
import { isRefused } from '../client/cloud-failure.ts'
import type { Cloud } from '../client/connect.ts'
import { DeploymentError } from '../client/deployment-error.ts'
import { runSql } from './run-sql.ts'

/** Whether the environment has a MySQL database of its own that statements can be sent to. Without one the gateway's tables are
 *  in a database elsewhere, that `MYSQL_DSN` or `MYSQL_HOST` names and the cloud's API cannot reach.
 *  @throws DeploymentError when `REMOTE_CONFIG_SOURCE=rdb` says that there must be one; what the cloud says when it refuses the
 *  key pair */
export const hasEnvironmentDatabase = async (cloud: Cloud, variables: Variables): Promise<boolean> => {
  try {
    await runSql(cloud, 'SELECT 1')
    return true
  } catch (error) {
    if (isRefused(error)) throw error
    if (variables['MYSQL_DSN'] ?? variables['MYSQL_HOST']) return false
    throw new DeploymentError(
      'The environment has no MySQL database in use, and the variables ask for one. Open it (console: MySQL 数据库), or take ' +
        'REMOTE_CONFIG_SOURCE and USAGE_STORE=mysql out of .env.',
      { cause: error },
    )
  }
}
