import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import type { Cloud } from '../client/connect.ts'
import { retry } from '../client/retry.ts'

/** Runs one statement through the cloud's API, which needs no VPC and no open database port. Returns the selected
 *  rows. */
export const runSql = async ({ app }: Cloud, sql: string): Promise<Record<string, unknown>[]> => {
  const { Items } = await retry(() => app.mysql.runSql({ Sql: sql }))
  return (Items ?? []).map(parseJson).filter(isObject)
}

/** The state of a database session. */
interface Session {
  readonly cloud: Cloud
  readonly variables: Map<string, string>
  readonly prepared: Map<string, string>
}

interface Form {
  readonly pattern: RegExp
  readonly run: (session: Session, first: string, second: string) => Promise<unknown>
}

const nothing = 'DO 0'

/** Statements on variables and prepared statements. These live in a session, but each call of the API may get a new
 *  one. So they are interpreted here, and only the resulting statements are sent. */
const forms: readonly Form[] = [
  {
    pattern: /^SET @(\w+) = ([\s\S]+)$/i,
    run: async ({ cloud, variables }, name, expression) => {
      const [row] = await runSql(cloud, `SELECT ${expression} AS value`)
      variables.set(name, String(row?.['value'] ?? nothing))
    },
  },
  {
    pattern: /^PREPARE (\w+) FROM @(\w+)$/i,
    run: async ({ variables, prepared }, name, source) => prepared.set(name, variables.get(source) ?? nothing),
  },
  {
    pattern: /^EXECUTE (\w+)$/i,
    run: async ({ cloud, prepared }, name) => {
      const sql = prepared.get(name) ?? nothing
      if (sql !== nothing) await runSql(cloud, sql)
    },
  },
  { pattern: /^DEALLOCATE PREPARE (\w+)$/i, run: async ({ prepared }, name) => prepared.delete(name) },
]

/** Runs statements in order. */
export const runStatements = async (cloud: Cloud, statements: readonly string[]): Promise<void> => {
  const session: Session = { cloud, variables: new Map(), prepared: new Map() }
  for (const statement of statements) {
    const form = forms.find(({ pattern }) => pattern.test(statement))
    const [, first = '', second = ''] = form?.pattern.exec(statement) ?? []
    await (form ? form.run(session, first, second) : runSql(cloud, statement))
  }
}
