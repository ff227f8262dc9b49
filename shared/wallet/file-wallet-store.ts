import { fileRows } from '../drivers/file-rows.ts'
import type { WalletStore } from './wallet-store.ts'

/** Stores wallets in a local file, for development. Several processes of one machine can share it. */
export const fileWalletStore = (path: string): WalletStore => {
  const { list, remove, ...rows } = fileRows(path)
  const listDue = async (time: number) => (await list()).filter(({ dueAt }) => dueAt > 0 && dueAt <= time)
  return {
    ...rows,
    findDue: async ({ time, skip, limit }) =>
      (await listDue(time)).sort((one, other) => one.dueAt - other.dueAt).slice(skip, skip + limit),
    removeDue: async ({ from, below, time }) => {
      for (const row of await listDue(time)) if (row.id >= from && row.id < below) await remove(row)
    },
    end: () => Promise.resolve(),
  }
}
