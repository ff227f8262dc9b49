import { ChatHeader } from '../parts/chat/chat-header.tsx'
import { ChatView } from '../parts/chat/chat-view.tsx'
import type { RenderRemedies } from '../parts/chat/failure-note.tsx'
import { AccountDialog } from './account/account-dialog.tsx'
import { useAccount } from './account/use-account.ts'
import type { ChatContext } from './chat-context.ts'
import { AccountButton } from './parts/account-button.tsx'
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
      <ChatHeader mark="bubble" {...{ messages, name, onLanguage }} themeName="chat.theme" talk={{ models, chat }}>
        {account.open && <AccountButton {...{ messages, balance: account.balance, onAccount: account.open }} />}
      </ChatHeader>
      <ChatView {...{ messages, chat, models, renderRemedies }} examples={config.examples ?? messages.examples} />
      {account.isOpen && <AccountDialog {...context} {...{ account, renderRemedies }} />}
    </>
  )
}
