import type { WalletStore } from '../../shared/wallet/wallet-store.ts'

/** An instance that is killed at one of its writes. */
export interface DyingInstance {
  readonly store: WalletStore
  readonly died: Promise<'died'>
}

/** Creates an instance that is killed.
 *  @param step the number of the write, from 0
 *  @param isAfter whether that write takes effect */
export const dieAt = (store: WalletStore, step: number, isAfter: boolean): DyingInstance => {
  let writes = 0
  let die = (): void => undefined
  const died = new Promise<'died'>((resolve) => {
    die = () => resolve('died')
  })
  const never = (): Promise<never> => {
    die()
    return new Promise(() => undefined)
  }
  const write =
    <Row, Result>(work: (row: Row) => Promise<Result>) =>
    async (row: Row): Promise<Result> => {
      const number = writes++
      if (number < step) return work(row)
      if (number === step && isAfter) await work(row)
      return never()
    }
  const read =
    <Query, Result>(work: (query: Query) => Promise<Result>) =>
    (query: Query): Promise<Result> =>
      writes > step ? never() : work(query)
  return {
    died,
    store: {
      ...store,
      insert: write(store.insert),
      replace: write(store.replace),
      read: read(store.read),
    },
  }
}
