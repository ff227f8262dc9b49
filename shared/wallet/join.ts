import { addEntry, closeGrants } from './changes.ts'
import { type Grant, getBalance, type Moved, type WalletState } from './wallet-state.ts'

/** The changes by which a wallet joins another: that of a user's second id, such as the openid of a mini program. A wallet is one row,
 *  so they are three, of two rows. Each is conditional and has no effect if it runs again. A call, a grant or a flush that meets a
 *  wallet between two of them brings the rest to an end first. So no points are in both wallets, and no call is refused because they
 *  are in neither. */

/** Why a wallet cannot join another. */
export type JoinRefusal =
  /** It has joined another one. */
  | 'moved'
  /** Others have joined it. */
  | 'joined'

/** Announces to a wallet that another joins it: from now on it cannot itself join one. Returns whether it can be joined. */
export const announce = (state: WalletState, alias: string): boolean => {
  if (state.moved) return false
  state.joined = { [alias]: false, ...state.joined }
  return true
}

/** Takes back an announcement that came to nothing. */
export const withdrawAlias = (state: WalletState, alias: string): void => {
  const { [alias]: isIn, ...others } = state.joined ?? {}
  if (isIn !== false) return
  if (Object.keys(others).length > 0) state.joined = others
  else delete state.joined
}

/** Empties a wallet that joins another. What was in it stays in its row until the other has it. */
export const moveOut = (state: WalletState, to: string, now: number): JoinRefusal | undefined => {
  if (state.moved) return state.moved.to === to ? undefined : 'moved'
  if (state.joined) return 'joined'
  closeGrants(state, now)
  const balance = getBalance(state)
  const { day } = state
  state.moved = { to, content: { grants: state.grants.splice(0), holds: state.holds.splice(0), day } }
  addMove(state, -balance, { reference: to, now })
  return undefined
}

/** Takes in what was in a wallet that has joined this one, once. Grants keep their keys, so that they can be revoked, and a repeat
 *  is known; calls that run keep what they hold. */
export const takeIn = (state: WalletState, { alias, content, now }: Arrival): void => {
  if (state.joined?.[alias]) return
  const before = getBalance(state)
  for (const grant of content.grants) addGrant(state, grant)
  state.holds.push(...content.holds)
  if (content.day > state.day) state.day = content.day
  state.joined = { ...state.joined, [alias]: true }
  addMove(state, getBalance(state) - before, { reference: alias, now })
  closeGrants(state, now)
}

interface Arrival {
  readonly alias: string
  readonly content: NonNullable<Moved['content']>
  readonly now: number
}

/** Both wallets may have a grant of the same day. Then it becomes one. */
const addGrant = ({ grants }: WalletState, grant: Grant): void => {
  const index = grants.findIndex(({ id }) => id === grant.id)
  const known = grants[index]
  if (known) grants[index] = { ...known, points: known.points + grant.points, left: known.left + grant.left }
  else grants.push({ ...grant })
}

/** Forgets what was in a wallet, once the other has it. */
export const forgetContent = (state: WalletState): void => {
  if (state.moved) state.moved = { to: state.moved.to }
}

const addMove = (
  state: WalletState,
  points: number,
  { reference, now }: { readonly reference: string; readonly now: number },
): void => {
  if (points !== 0) addEntry(state, { kind: 'move', points, reference, reason: 'joined', actor: 'admin' }, now)
}
