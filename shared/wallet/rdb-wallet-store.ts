import {
  createRdb,
  getRdbRows,
  ignoreMissingTable,
  type RdbOptions,
  type RdbQuery,
  type RdbResult,
} from '../drivers/rdb.ts'
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
    findDue: ({ time, skip, limit }) => {
      const last = skip + limit - 1
      return select((query) => whereDue(query, time).order('due_at').order('id').range(skip, last))
    },
    findRange: async ({ from, below, limit }) => {
      const most = limit + 1
      const rows = await select((query) => whereUpTo(query, from, below).order('id', descending).limit(most))
      return rows.filter(({ id }) => id !== below).slice(0, limit)
    },
    // `below` is the id of no row. A table that is missing has no rows.
    removeDue: async ({ from, below, time }) => {
      await runAgain(table, (query) => whereUpTo(whereDue(query.delete(), time), from, below).select('id')).catch(
        ignoreMissingTable,
      )
    },
    end: () => Promise.resolve(),
  }
}

const descending = { ascending: false }

const whereDue = (query: RdbQuery, time: number): RdbQuery => query.gte('due_at', 1).lte('due_at', time)

const whereUpTo = (query: RdbQuery, from: string, last: string): RdbQuery => query.gte('id', from).lte('id', last)

const readRows = (result: RdbResult): WalletRow[] =>
  getRdbRows(result).map((row) => ({
    id: String(row['id']),
    version: Number(row['version']),
    dueAt: Number(row['due_at']),
    data: String(row['data']),
  }))
