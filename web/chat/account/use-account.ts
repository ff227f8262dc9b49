import { useLayoutEffect, useState } from 'preact/hooks'
import { type Loaded, useLoaded } from '../../design/use-loaded.ts'
import type { Turn } from '../../parts/chat/turns.ts'
import { type FailureFacts, toFacts } from '../../parts/gateway/call-failure.ts'
import type { ChatContext } from '../chat-context.ts'
import { readWallet, type Wallet } from './read-account.ts'

/** The account of the user, which a dialog shows. */
export interface Account {
  readonly wallet: Loaded<Wallet, FailureFacts>
  /** The points that a reply or the wallet reported last. Undefined: they are not known. */
  readonly balance: number | undefined
  readonly isOpen: boolean
  /** Undefined: there is no account to show. */
  readonly open: (() => void) | undefined
  readonly close: () => void
}

/** Keeps the account. The wallet is read when the models are there, because the gateway then knows the user, and when the dialog
 *  opens. */
export const useAccount = ({ config, session, models, chat }: ChatContext): Account => {
  const { gateway, names } = models
  const canRead = config.hasWallet && names.length > 0
  const wallet = useLoaded({ read: canRead ? () => readWallet(gateway) : undefined, toFailure: toFacts }, [
    canRead,
    gateway,
  ])
  const [isOpen, setIsOpen] = useState(false)
  const open = (): void => {
    wallet.reload()
    setIsOpen(true)
  }
  return {
    wallet,
    balance: useBalance(wallet.value, chat.turns.at(-1)),
    isOpen,
    open: session.login || config.hasWallet || config.hasUsage ? open : undefined,
    close: () => setIsOpen(false),
  }
}

/** A reply may report the same points as the one before it, so that its turn counts too. */
const useBalance = (wallet: Wallet | undefined, turn: Turn | undefined): number | undefined => {
  const [balance, setBalance] = useState<number>()
  const reported = turn?.reply.balance
  useLayoutEffect(() => {
    if (wallet) setBalance(wallet.available)
  }, [wallet])
  useLayoutEffect(() => {
    if (reported !== undefined) setBalance(reported)
  }, [turn?.id, reported])
  return balance
}
