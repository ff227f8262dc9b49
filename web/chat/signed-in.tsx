import { ChatView } from '../parts/chat/chat-view.tsx'
import type { RenderRemedies } from '../parts/chat/failure-note.tsx'
import { AccountDialog } from './account/account-dialog.tsx'
import { useAccount } from './account/use-account.ts'
import type { ChatContext } from './chat-context.ts'
import { Header } from './parts/header.tsx'
import { Remedies } from './parts/remedies.tsx'

/** The conversation of a user, and their account over it. */
export const SignedIn = (context: ChatContext) => {
  const { messages, config, name, session, models, chat, onLanguage } = context
  const account = useAccount(context)
  const renderRemedies: RenderRemedies = ({ status }) => (
    <Remedies
      {...{ messages, status, pointsUrl: config.pointsUrl }}
      onSignIn={session.login && session.showSignIn}
      onAccount={config.hasWallet && !account.isOpen ? account.open : undefined}
    />
  )
  return (
    <>
      <Header
        {...{ messages, name, models, onLanguage, balance: account.balance, onAccount: account.open }}
        onNewChat={chat.turns.length > 0 ? chat.clear : undefined}
      />
      <ChatView {...{ messages, chat, models, renderRemedies }} examples={config.examples ?? messages.examples} />
      {account.isOpen && <AccountDialog {...context} {...{ account, renderRemedies }} />}
    </>
  )
}
