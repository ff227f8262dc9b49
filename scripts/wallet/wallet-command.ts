import { randomUUID } from 'node:crypto'
import { joinUsers } from '../../shared/gateway/account/join-users.ts'
import { parseGrant, parseJoin, parseKey } from '../../shared/gateway/account/wallet-requests.ts'
import { grantPoints, revokePoints } from '../../shared/wallet/grants.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import type { Wallets } from '../../shared/wallet/wallets.ts'
import { listWallets } from './list-wallets.ts'

/** The options of `npm run wallet`. */
export interface WalletOptions {
  readonly key?: string | undefined
  readonly reason?: string | undefined
  readonly expires?: string | undefined
}

/** A command of `npm run wallet`. */
export interface WalletCommand {
  /** Names of its arguments; those in brackets may be left out. */
  readonly arguments: readonly string[]
  readonly help: string
  /** Runs it, and prints its result line by line. Resolves with whether all is well. */
  readonly run: (
    wallets: Wallets,
    args: readonly string[],
    options: WalletOptions,
    print: (line: string) => void,
  ) => Promise<boolean>
}

/** The commands of `npm run wallet`, by name. */
export const walletCommands: Readonly<Record<string, WalletCommand>> = {
  grant: {
    arguments: ['USER', 'POINTS'],
    help: 'gives points, once a --key; --expires takes a date',
    run: async (wallets, [user_id, points], { key = `manual-${randomUUID()}`, reason, expires }, print) => {
      const request = { user_id, points: Number(points), key, reason, expires_at: expires }
      const { granted, balance } = await grantPoints(wallets, parseGrant(toBody(request)))
      print(`${granted} points were granted under the key ${key}. The balance was ${balance} then.`)
      return true
    },
  },
  revoke: {
    arguments: ['KEY'],
    help: 'takes back what is left of a grant',
    run: async (wallets, [key], _options, print) => {
      const { revoked, spent, balance } = await revokePoints(wallets, parseKey(toBody({ key })))
      print(`${revoked} points were taken back, ${spent} had been spent. The balance was ${balance} then.`)
      return true
    },
  },
  alias: {
    arguments: ['ALIAS', 'USER'],
    help: "makes another id of a user, such as an openid, share the user's wallet; for good",
    run: async (wallets, [alias, user_id], _options, print) => {
      const { balance } = await joinUsers(wallets, parseJoin(toBody({ alias, user_id })))
      print(`${alias} shares the wallet of ${user_id}. The balance was ${balance} then.`)
      return true
    },
  },
  show: {
    arguments: ['USER'],
    help: 'shows a wallet with its last 20 entries, as JSON',
    run: async (wallets, [user = ''], _options, print) => {
      print(JSON.stringify(await viewWallet(wallets, user, { before: undefined, limit: 20 }), null, 2))
      return true
    },
  },
  audit: {
    arguments: ['[USER]'],
    help: 'proves that balances are the sums of their entries, of one user or of all',
    run: async (wallets, [user], _options, print) => {
      let count = 0
      let problems = 0
      for await (const name of user === undefined ? listUsers(wallets) : [user]) {
        count += 1
        for (const problem of await auditWallet(wallets, name)) {
          problems += 1
          print(`${name}: ${problem}`)
        }
      }
      print(`${count} wallets were examined. ${problems} problems were found.`)
      return problems === 0
    },
  },
}

const toBody = (fields: object): Buffer => Buffer.from(JSON.stringify(fields))

const pageSize = 100

/** Reads the users of all wallets, page by page. */
async function* listUsers(wallets: Wallets): AsyncGenerator<string> {
  let below: string | undefined
  for (;;) {
    const page = await listWallets(wallets, { prefix: '', below, limit: pageSize })
    for (const { user } of page) yield user
    if (page.length < pageSize) return
    below = page.at(-1)?.user
  }
}
