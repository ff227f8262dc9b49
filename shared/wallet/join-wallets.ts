import { GatewayError } from '../protocol/errors.ts'
import type { ChangeWallet } from './change-wallet.ts'
import { announce, type JoinRefusal, moveOut, withdrawAlias } from './join.ts'
import { getBalance } from './wallet-state.ts'
import type { Wallets } from './wallets.ts'

/** Two ids of one user. */
export interface JoinRequest {
  /** The id whose wallet joins the other, such as `wx:<appid>:<openid>`. */
  readonly alias: string
  readonly user_id: string
}

/** The wallet of both. */
export interface JoinResult {
  readonly user_id: string
  readonly balance: number
}

/** Makes the wallets of two ids one, for good: that of `user_id`. A repeat has no effect.
 *  @throws invalid_value (400, with `param`), idempotency_conflict (409) if the alias belongs to another user */
export const joinWallets = async (wallets: Wallets, { alias, user_id }: JoinRequest): Promise<JoinResult> => {
  const { change, changeOwn, now } = wallets
  if (alias === user_id) throw invalidAliasError('alias', 'Name two different ids: both have one wallet already.')
  if (!(await changeOwn(user_id, (state) => announce(state, alias)))) throw movedError
  const refusal = await changeOwn(alias, (state) => moveOut(state, user_id, now()))
  if (refusal) {
    await changeOwn(user_id, (state) => withdrawAlias(state, alias))
    throw refusals[refusal]
  }
  return { user_id, balance: await readBalance(alias, change) }
}

/** A change of the alias follows it to the other wallet, and brings the join to an end before that. */
const readBalance = (alias: string, change: ChangeWallet): Promise<number> => change(alias, getBalance)

const invalidAliasError = (param: string, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })

const movedError = invalidAliasError('user_id', "'user_id' is itself an alias of another user. Name that user.")

const refusals: Readonly<Record<JoinRefusal, GatewayError>> = {
  moved: new GatewayError(409, 'idempotency_conflict', "'alias' is an alias of another user already, for good.", {
    param: 'alias',
  }),
  joined: invalidAliasError(
    'alias',
    "Other ids are aliases of 'alias', so it cannot become one. Name it as 'user_id'.",
  ),
}
