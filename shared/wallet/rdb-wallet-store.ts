import { createRdb, getRdbRows, type RdbOptions, type RdbQuery, type RdbResult } from '../drivers/rdb.ts'
import { getWalletName, type WalletRow, type WalletStore } from './wallet-store.ts'

/** Stores wallets in a table beside that of the usage records, in the environment's PostgreSQL, over CloudBase's HTTPS
 *  API. The API cannot create the table: `scripts/sql/postgres/wallet.sql` does. */
export const rdbWalletStore = ({ table: usage, ...options }: RdbOptions & { readonly table: string }): WalletStore => {
  const { run, runAgain } = createRdb(options)
  const table = getWalletName(usage)
  const select = async (refine: (query: RdbQuery) => RdbQuery): Promise<WalletRow[]> =>
    readRows(await runAgain(table, (query) => refine(query.select('*'))))
  return {
    read: async (id) => (await select((query) => query.eq('id', id).limit(1)))[0],
    insert: async (rows) => {
      const columns = rows.map(({ dueAt, ...row }) => ({ ...row, due_at: dueAt }))
      await runAgain(table, (query) => query.upsert(columns, { onConflict: 'id', ignoreDuplicates: true }))
    },
    // The API returns the rows that it changed: none or one.
    replace: async ({ id, version, dueAt, data }) => {
      const set = { version, due_at: dueAt, data }
      const result = await run(table, (query) =>
        query
          .update(set)
          .eq('id', id)
          .eq('version', version - 1)
          .select('id'),
      )
      return getRdbRows(result).length === 1
    },
    findDue: ({ time, skip, limit }) =>
      select((query) =>
        query
          .gte('due_at', 1)
          .lte('due_at', time)
          .order('due_at')
          .order('id')
          .range(skip, skip + limit - 1),
      ),
    findRange: async ({ from, below, limit }) => {
      const rows = await select((query) =>
        query
          .gte('id', from)
          .lte('id', below)
          .order('id', { ascending: false })
          .limit(limit + 1),
      )
      return rows.filter(({ id }) => id !== below).slice(0, limit)
    },
    end: () => Promise.resolve(),
  }
}

const readRows = (result: RdbResult): WalletRow[] =>
  getRdbRows(result).map((row) => ({
    id: String(row['id']),
    version: Number(row['version']),
    dueAt: Number(row['due_at']),
    data: String(row['data']),
  }))
