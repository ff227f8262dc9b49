import { createRdb } from '../../../../shared/drivers/rdb.ts'
import { readEnvironment } from '../../../../shared/gateway/config/variables/environment.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import { describeHandwork, type PostgresRelation } from '../../sql/postgres-files.ts'
import { type Finding, fail } from './finding.ts'

/** Examines tables over the HTTPS API of the environment's database, with the gateway's own key: whether they exist and have their
 *  columns. It does not show what other roles may do. */
export const examineApiTables = async (
  relations: readonly PostgresRelation[],
  variables: Variables,
): Promise<Finding[]> => {
  const {
    CLOUDBASE_ENV_ID: envId = '',
    CLOUDBASE_REGION: region,
    CLOUDBASE_APIKEY: accessKey,
  } = readEnvironment(variables).values
  if (!accessKey)
    return [fail('PostgreSQL', 'could not be read', 'Set CLOUDBASE_APIKEY (console: Environment > API Key).')]
  const { runAgain } = createRdb({ envId, region, credentials: { accessKey }, timeoutMs: 10_000 })
  const findings: Finding[] = []
  for (const relation of relations) {
    const columns = relation.isView ? '*' : relation.columns.join(',')
    const fix = `${toSentence(describeHandwork({ name: relation.file }, variables))}.`
    findings.push(
      await runAgain(relation.name, (query) => query.select(columns).limit(1)).then(
        () => readButUnproved(relation, fix),
        (error: unknown) => fail(relation.name, describeRefusal(error), fix),
      ),
    )
  }
  return findings
}

const toSentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const readButUnproved = ({ name, isView }: PostgresRelation, fix: string): Finding => ({
  level: 'open',
  subject: name,
  detail: `${isView ? 'is read' : 'has its columns'}; the cloud's API does not show its grants and row policies`,
  fix: `If the file has not run since the last upgrade: ${fix}`,
})

/** The codes of PostgreSQL and PostgREST 12 (their documentation, "Error codes" and "Errors"). */
const refusals: Readonly<Record<string, string>> = {
  '42703': 'lacks a column',
  '42501': 'is closed to the gateway: a grant is missing',
  PGRST205: 'does not exist',
  '42P01': 'does not exist',
}

const describeRefusal = (error: unknown): string => {
  const { code } = error as { code?: string }
  return refusals[code ?? ''] ?? `could not be read: ${error instanceof Error ? error.message : ''}`
}
