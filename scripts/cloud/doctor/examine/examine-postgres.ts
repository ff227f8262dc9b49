import type { JsonObject } from '../../../../shared/runtime/json.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import type { Cloud } from '../../client/connect.ts'
import { listPostgresRelations, type PostgresRelation, readPostgresFiles } from '../../sql/postgres-files.ts'
import { hasPostgres, runPostgres } from '../../sql/run-postgres.ts'
import { examineApiTables } from './examine-api-tables.ts'
import { type Finding, fail, pass } from './finding.ts'

/** Examines the tables of `USAGE_STORE=rdb`: their columns, what roles may do, row level security and its policies. Empty for another
 *  store. If the cloud's API cannot read the catalog, the API of the database is asked for the columns alone. */
export const examinePostgres = async (cloud: Cloud, variables: Variables): Promise<Finding[]> => {
  const relations = listPostgresRelations(readPostgresFiles(variables))
  if (relations.length === 0) return []
  if (!(await hasPostgres(cloud))) return examineApiTables(relations, variables)
  const rows = await runPostgres(cloud, createCatalogQuery(relations))
  const found = new Map(rows.map((row) => [String(row['name']), row]))
  return relations.map((relation) => examineRelation(relation, found.get(relation.name)))
}

/** Reads the catalog (PostgreSQL documentation, "System Catalogs"). */
const createCatalogQuery = (relations: readonly PostgresRelation[]): string => `
SELECT c.relname AS name, c.relrowsecurity::text AS secured,
  (SELECT string_agg(a.attname, ',') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT string_agg(r.rolname || ' ' || p.name, ',') FROM pg_roles r, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p(name)
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role') AND has_table_privilege(r.oid, c.oid, p.name)) AS grants,
  (SELECT string_agg(p.polname, ',') FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
  (SELECT string_agg(p.polcmd::text || ' ' || pg_get_expr(p.polqual, p.polrelid), ';') FROM pg_policy p WHERE p.polrelid = c.oid) AS rules
FROM pg_class c
WHERE pg_table_is_visible(c.oid) AND c.relname IN (${relations.map(({ name }) => `'${name}'`).join(', ')})`

const examineRelation = (relation: PostgresRelation, row: JsonObject | undefined): Finding => {
  const { name, file, isView, columns } = relation
  const fix = `Run npm run deploy, which runs scripts/sql/${file}. It can run again without harm.`
  if (!row) return fail(name, 'does not exist', fix)
  const problem = checks.map((check) => check(relation, row)).find((found) => found !== undefined)
  if (problem !== undefined) return fail(name, problem, fix)
  return pass(
    name,
    isView ? 'is read by the gateway alone' : `has ${columns.length} columns, its grants and its row policies`,
  )
}

const readList = (row: JsonObject, field: string, separator = ','): string[] => {
  const text = row[field]
  return typeof text === 'string' && text !== '' ? text.split(separator) : []
}

type Check = (relation: PostgresRelation, row: JsonObject) => string | undefined

const listWithout = (items: readonly string[], others: readonly string[]): string =>
  items.filter((item) => !others.includes(item)).join(', ')

const checks: readonly Check[] = [
  ({ columns }, row) => {
    const missing = listWithout(columns, readList(row, 'columns'))
    return missing === '' ? undefined : `lacks the columns ${missing}`
  },
  ({ grants }, row) => {
    const missing = listWithout(grants, readList(row, 'grants'))
    return missing === '' ? undefined : `lacks the grants ${missing}`
  },
  ({ grants }, row) => {
    const open = readList(row, 'grants').filter((grant) => !grant.startsWith('service_role '))
    const more = listWithout(open, grants)
    return more === '' ? undefined : `gives users the grants ${more}`
  },
  ({ isView }, row) =>
    isView || row['secured'] === 'true' ? undefined : 'has no row level security: users read all rows',
  ({ policies }, row) => {
    const missing = listWithout(policies, readList(row, 'policies'))
    return missing === '' ? undefined : `lacks the row policy ${missing}`
  },
  ({ policies }, row) => {
    const more = listWithout(readList(row, 'policies'), policies)
    return more === ''
      ? undefined
      : `has the row policy ${more}, which is not the gateway's. Drop it, if users must not have these rows`
  },
  ({ policies }, row) => {
    const isOwn = readList(row, 'rules', ';').every((rule) => /^r .*user_id.*auth\.uid\(\)/.test(rule))
    return isOwn ? undefined : `has a row policy ${policies.join(', ')} that does not keep users to their own rows`
  },
]
