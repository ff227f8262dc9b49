import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { retry } from '../../client/retry.ts'
import type { Step } from '../../prompt/step.ts'
import { hasEnvironmentDatabase } from '../../sql/environment-database.ts'
import { runStatements } from '../../sql/run-sql.ts'
import type { SqlFile } from '../../sql/sql-files.ts'

/** Creates the step that runs a `.sql` file. Each file can run again without harm, so there is no state to compare. */
export const createSqlStep = (cloud: Cloud, { name, statements }: SqlFile, variables: Variables): Step => ({
  name: `tables of ${name}`,
  plan: async () =>
    (await hasEnvironmentDatabase(cloud, variables))
      ? `run ${statements.length} statements; those already applied change nothing`
      : `manual: the environment has no MySQL of its own. Run scripts/sql/${name} on the database of MYSQL_DSN`,
  run: async () => {
    if (!(await hasEnvironmentDatabase(cloud, variables))) return `manual: run scripts/sql/${name} yourself`
    await runStatements(cloud, statements)
    return 'done'
  },
})

/** Creates the step that closes a table of the environment's own database to clients. */
export const createTableRuleStep = (cloud: Cloud, resource: string, variables: Variables): Step => {
  const isOpen = async (): Promise<boolean> => {
    if (!(await hasEnvironmentDatabase(cloud, variables))) return false
    const options = { resourceType: 'table' as const, resources: [resource] }
    const { Data } = await retry(() => cloud.app.permission.describeResourcePermission(options))
    return Data.PermissionList?.[0]?.Permission !== 'ADMINONLY'
  }
  return {
    name: `permissions of ${resource}`,
    plan: async () => ((await isOpen()) ? 'administrators only' : undefined),
    run: async () => {
      if (!(await isOpen())) return 'up to date'
      await retry(() =>
        cloud.app.permission.modifyResourcePermission({ resourceType: 'table', resource, permission: 'ADMINONLY' }),
      )
      return 'done (administrators only)'
    },
  }
}
