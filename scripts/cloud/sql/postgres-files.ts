import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Variables } from '../../variables/read-variables.ts'
import { getUsageTable, type SqlFile, splitStatements } from './sql-files.ts'

/** The name of the usage records' table in the files. All other names in them begin with it. */
const nameInFiles = 'llm_gateway_usage'

const fileNames = ['usage', 'limits', 'wallet'] as const

/** Reads the files for the environment's own PostgreSQL, with the table names of the variables. Empty unless `USAGE_STORE=rdb`. */
export const readPostgresFiles = (variables: Variables): SqlFile[] =>
  variables['USAGE_STORE'] === 'rdb'
    ? fileNames.map((name) => ({
        name: `postgres/${name}.sql`,
        statements: splitStatements(readFile(name).replaceAll(nameInFiles, getUsageTable(variables))),
      }))
    : []

const readFile = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../sql/postgres/${name}.sql`, import.meta.url)), 'utf8')

/** Says how to run a file by hand. */
export const describeHandwork = ({ name }: Pick<SqlFile, 'name'>, variables: Variables): string => {
  const table = getUsageTable(variables)
  const renamed = table === nameInFiles ? '' : `, with ${table} in place of ${nameInFiles}`
  return `run scripts/sql/${name} in the SQL editor of the environment's PostgreSQL (console: PostgreSQL 数据库)${renamed}`
}

/** A table or view of the files, and what it must have. */
export interface PostgresRelation {
  readonly name: string
  readonly file: string
  readonly isView: boolean
  /** Empty for a view. */
  readonly columns: readonly string[]
  /** What roles may do, as in `service_role SELECT`. */
  readonly grants: readonly string[]
  readonly policies: readonly string[]
}

/** Lists the tables and views that the files create, with the columns, grants and policies that they give them. */
export const listPostgresRelations = (files: readonly SqlFile[]): PostgresRelation[] =>
  files.flatMap(({ name: file, statements }) => {
    const find = (pattern: RegExp): RegExpExecArray[] =>
      statements.map((statement) => pattern.exec(statement)).filter((found) => found !== null)
    const created = find(/^CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)[\s\S]*/)
    return created.map(([statement, name = '']) => ({
      ...{ name, file, isView: statement.startsWith('CREATE OR REPLACE VIEW') },
      columns: [
        ...[...statement.matchAll(/^ {2}([a-z_]\w*) [A-Z]/gm)].map(([, column = '']) => column),
        ...find(new RegExp(`^ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS (\\w+)`)).map(([, column = '']) => column),
      ].filter((column, index, all) => all.indexOf(column) === index),
      grants: find(new RegExp(`^GRANT ([A-Z, ]+) ON ${name} TO (\\w+)$`)).flatMap(([, rights = '', role = '']) =>
        rights.split(', ').map((right) => `${role} ${right}`),
      ),
      policies: find(new RegExp(`^CREATE POLICY (\\w+) ON ${name} `)).map(([, policy = '']) => policy),
    }))
  })
