import { useState } from 'preact/hooks'
import type { AppParts } from '../app-parts.ts'
import { readWallet, type Wallet } from './read-account.ts'
import { type Loaded, useLoaded } from './use-loaded.ts'

/** The account of the user, which a dialog shows. */
export interface Account {
  readonly wallet: Loaded<Wallet>
  /** The points of the last reply, or those of the wallet. Undefined: they are not known. */
  readonly balance: number | undefined
  readonly isOpen: boolean
  /** Undefined: there is no account to show. */
  readonly open: (() => void) | undefined
  readonly close: () => void
}

/** Keeps the account. The wallet is read when the models are there, because the gateway then knows the user, and when the dialog
 *  opens. */
export const useAccount = ({ config, session, models, chat }: AppParts): Account => {
  const { gateway, names } = models
  const canRead = config.hasWallet && names.length > 0
  const wallet = useLoaded(canRead ? () => readWallet(gateway) : undefined, [canRead, gateway])
  const [isOpen, setIsOpen] = useState(false)
  const open = (): void => {
    wallet.reload()
    setIsOpen(true)
  }
  const balances = chat.turns.flatMap(({ reply: { balance } }) => (balance === undefined ? [] : [balance]))
  return {
    wallet,
    balance: balances.at(-1) ?? wallet.value?.available,
    isOpen,
    open: session.login || config.hasWallet || config.hasUsage ? open : undefined,
    close: () => setIsOpen(false),
  }
}
