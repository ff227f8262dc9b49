import { Composer } from '../parts/chat/composer.tsx'
import { Conversation } from '../parts/chat/conversation.tsx'
import { FailureNote, type RenderRemedies } from '../parts/chat/failure-note.tsx'
import { useEscape } from '../parts/chat/use-escape.ts'
import { Welcome } from '../parts/chat/welcome.tsx'
import { AccountDialog } from './account/account-dialog.tsx'
import { useAccount } from './account/use-account.ts'
import type { ChatContext } from './chat-context.ts'
import { Header } from './parts/header.tsx'
import { Remedies } from './parts/remedies.tsx'

/** The conversation of a user, and their account over it. */
export const SignedIn = (context: ChatContext) => {
  const { messages, config, name, session, models, chat, onLanguage } = context
  const account = useAccount(context)
  const isReady = models.model !== undefined
  useEscape(chat.isBusy, chat.stop)
  const send = (text: string): void => {
    if (models.model !== undefined && !chat.isBusy && text.trim() !== '') chat.send(models.model, text.trim())
  }
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
      <Conversation {...{ messages, chat, renderRemedies }} onRetry={() => chat.retry(models.model ?? '')}>
        {models.failure && (
          <FailureNote {...{ messages, renderRemedies, failure: models.failure }} onRetry={models.reload} />
        )}
        {!models.failure && chat.turns.length === 0 && (
          <Welcome
            messages={{ ...messages, examples: config.examples ?? messages.examples }}
            {...{ isReady, onExample: send }}
          />
        )}
      </Conversation>
      <Composer {...{ messages, isReady, isBusy: chat.isBusy }} onSend={send} onStop={chat.stop} />
      {account.isOpen && <AccountDialog {...context} {...{ account, renderRemedies }} />}
    </>
  )
}
