import type { Cloud } from '../cloud/connect.ts'
import { patiently } from '../cloud/retry.ts'
import { runStatements } from '../cloud/run-sql.ts'
import type { SqlFile } from '../cloud/sql-files.ts'
import type { Step } from '../cloud/step.ts'

/** Applies a `.sql` file. Each is written to be run again and again, so there is no state to compare. */
export const sqlStep = (cloud: Cloud, { name, statements }: SqlFile): Step => ({
  name: `tables of ${name}`,
  plan: () => Promise.resolve(`${statements.length} statements, where they are not in force yet`),
  run: async () => {
    await runStatements(cloud, statements)
    return 'in force'
  },
})

/** Closes a table to clients. */
export const tableRuleStep = (cloud: Cloud, resource: string): Step => {
  const isClosed = async (): Promise<boolean> => {
    const options = { resourceType: 'table' as const, resources: [resource] }
    const { Data } = await patiently(() => cloud.app.permission.describeResourcePermission(options))
    return Data.PermissionList?.[0]?.Permission === 'ADMINONLY'
  }
  return {
    name: `permissions of ${resource}`,
    plan: async () => ((await isClosed()) ? undefined : 'administrators only'),
    run: async () => {
      if (await isClosed()) return 'up to date'
      await patiently(() =>
        cloud.app.permission.modifyResourcePermission({ resourceType: 'table', resource, permission: 'ADMINONLY' }),
      )
      return 'done (administrators only)'
    },
  }
}
