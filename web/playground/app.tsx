import { useEffect, useState } from 'preact/hooks'
import { chooseLanguage, type PageLanguage } from '../design/language.ts'
import { useStored } from '../design/use-stored.ts'
import { useChat } from './chat/use-chat.ts'
import type { Credential } from './gateway/gateway.ts'
import { useModels } from './gateway/use-models.ts'
import { pageMessages } from './messages.ts'
import { Composer } from './parts/composer.tsx'
import { Conversation } from './parts/conversation.tsx'
import { CredentialDialog } from './parts/credential-dialog.tsx'
import { FailureNote } from './parts/failure-note.tsx'
import { Header } from './parts/header.tsx'
import { Welcome } from './parts/welcome.tsx'

/** The page: a conversation with a model of the gateway. */
export const App = () => {
  const [language, setLanguage] = useLanguage()
  const messages = pageMessages[language]
  const [credential, setCredential] = useCredential()
  const [asksCredential, setAsksCredential] = useState(false)
  const models = useModels(credential)
  const chat = useChat(models.gateway)
  const ask = (): void => setAsksCredential(true)
  const send = (text: string): void => {
    if (models.model !== undefined && !chat.isBusy && text.trim() !== '') chat.send(models.model, text.trim())
  }
  useEscape(chat.isBusy, chat.stop)
  return (
    <div class="page">
      <Header
        {...{ messages, models, hasCredential: credential !== undefined, onCredential: ask }}
        onLanguage={() => setLanguage(language === 'en' ? 'zh' : 'en')}
        onNewChat={chat.turns.length > 0 ? chat.clear : undefined}
      />
      <Conversation
        {...{ messages, chat, gateway: models.gateway, onCredential: ask }}
        onRetry={() => chat.retry(models.model ?? '')}
      >
        {models.failure && (
          <FailureNote {...{ messages, failure: models.failure, onCredential: ask }} onRetry={models.reload} />
        )}
        {!models.failure && chat.turns.length === 0 && (
          <Welcome messages={messages} isReady={models.model !== undefined} onExample={send} />
        )}
      </Conversation>
      <Composer
        {...{ messages, isBusy: chat.isBusy, isReady: models.model !== undefined }}
        onSend={send}
        onStop={chat.stop}
      />
      {asksCredential && (
        <CredentialDialog
          {...{ messages, credential }}
          onSave={setCredential}
          onClose={() => setAsksCredential(false)}
        />
      )}
    </div>
  )
}

const useLanguage = (): readonly [PageLanguage, (language: PageLanguage) => void] => {
  const [stored, store] = useStored('playground.language')
  const language = stored === 'en' || stored === 'zh' ? stored : chooseLanguage(navigator.languages)
  useEffect(() => {
    document.documentElement.lang = pageMessages[language].htmlLanguage
    document.title = pageMessages[language].title
  }, [language])
  return [language, store]
}

/** The credential is a secret, so that it ends with the tab. */
const useCredential = (): readonly [Credential | undefined, (credential: Credential | undefined) => void] => {
  const [token, storeToken] = useStored('playground.token', 'sessionStorage')
  const [adminKey, storeAdminKey] = useStored('playground.admin-key', 'sessionStorage')
  const [kind, value] = token === undefined ? (['adminKey', adminKey] as const) : (['token', token] as const)
  const store = (next: Credential | undefined): void => {
    storeToken(next?.kind === 'token' ? next.value : undefined)
    storeAdminKey(next?.kind === 'adminKey' ? next.value : undefined)
  }
  return [value === undefined ? undefined : { kind, value }, store]
}

/** Escape closes a dialog first, and cancels the composition of an input method. */
const useEscape = (isActive: boolean, run: () => void): void => {
  useEffect(() => {
    if (!isActive) return
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing && !document.querySelector('dialog[open]')) run()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [isActive, run])
}
