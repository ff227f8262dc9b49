import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import type { Step } from '../../prompt/step.ts'
import { describeHandwork } from '../../sql/postgres-files.ts'
import { hasPostgres, runPostgres } from '../../sql/run-postgres.ts'
import type { SqlFile } from '../../sql/sql-files.ts'

/** Creates the step that runs a file for the environment's own PostgreSQL. Each file can run again without harm. If the cloud's API
 *  cannot run it, the step says who must, and where. */
export const createPostgresStep = (cloud: Cloud, file: SqlFile, variables: Variables): Step => {
  const { name, statements } = file
  const manual = `manual: the cloud's API reaches no PostgreSQL of this environment. If it has one, ${describeHandwork(file, variables)}`
  return {
    name: `tables of ${name}`,
    plan: async () =>
      (await hasPostgres(cloud)) ? `run ${statements.length} statements; those already applied change nothing` : manual,
    run: async () => {
      if (!(await hasPostgres(cloud))) return manual
      for (const statement of statements) await runPostgres(cloud, statement)
      return 'done'
    },
  }
}
