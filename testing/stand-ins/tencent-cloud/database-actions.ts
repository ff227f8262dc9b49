import type { Action, ActionBody } from './action.ts'
import { CloudError } from './cloud-error.ts'
import type { CloudState } from './cloud-state.ts'

const getCollection = (state: CloudState, { TableName }: ActionBody): { readonly indexes: string[] } => {
  const found = state.collections.get(String(TableName))
  if (found) return found
  throw new CloudError('ResourceNotFound.Table', `collection ${String(TableName)} does not exist`)
}

const toKey = ({ ResourceType, Resource = '' }: ActionBody): string => `${String(ResourceType)}:${String(Resource)}`

const policyInstead = 'the environment uses a policy, so function rules are not supported'

/** Collections, permissions and SQL (service `tcb`). */
export const databaseActions: Readonly<Record<string, Action>> = {
  DescribeTable: (state, body) => {
    const { indexes } = getCollection(state, body)
    return { Indexes: ['_id_', ...indexes].map((Name) => ({ Name, Keys: [] })), IndexNum: indexes.length + 1 }
  },
  CreateTable: (state, { TableName }) => {
    state.collections.set(String(TableName), { indexes: [] })
    return {}
  },
  UpdateTable: (state, body) => {
    const created = (body['CreateIndexes'] ?? []) as readonly { readonly IndexName: string }[]
    getCollection(state, body).indexes.push(...created.map(({ IndexName }) => IndexName))
    return {}
  },
  DeleteTable: (state, { TableName }) => ({ Deleted: state.collections.delete(String(TableName)) }),
  DescribeResourcePermission: (state, { ResourceType, Resources = [''] }) => {
    if (state.usesPolicy && ResourceType === 'function') throw new CloudError('FailedOperation', policyInstead)
    const PermissionList = (Resources as readonly string[]).flatMap((Resource) => {
      const found = state.permissions.get(toKey({ ResourceType, Resource }))
      return found ? [{ ResourceType, Resource, ...found }] : []
    })
    return { Data: { TotalCount: PermissionList.length, PermissionList } }
  },
  ModifyResourcePermission: (state, body) => {
    if (state.usesPolicy && body['ResourceType'] === 'function') throw new CloudError('FailedOperation', policyInstead)
    const { Permission, SecurityRule } = body as { Permission: string; SecurityRule?: string }
    state.permissions.set(toKey(body), { Permission, ...(SecurityRule && { SecurityRule }) })
    return { Data: { Success: true } }
  },
  RunSql: async (state, { Sql }) => {
    const sql = String(Sql)
    if (!state.database) throw new CloudError('FailedOperation', 'the environment has no MySQL instance')
    state.sql.push(sql)
    const rows = await state.database(sql).catch((error: Error) => {
      throw new CloudError('FailedOperation.SqlError', error.message)
    })
    const items = Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)) : []
    return { Items: items, Infos: [], RowsAffected: 0 }
  },
  ExecutePGSql: async (state, { Sql }) => {
    if (!state.postgres) throw new CloudError('FailedOperation', 'the environment has no PostgreSQL')
    const rows = await state.postgres(String(Sql)).catch((error: Error) => {
      throw new CloudError('FailedOperation.SqlError', error.message)
    })
    const [first] = rows
    return {
      AffectedRows: 0,
      Columns: first ? Object.keys(first) : null,
      Rows: first ? rows.map((row) => JSON.stringify(Object.values(row))) : null,
      ExecutionTimeMs: 1,
    }
  },
}
