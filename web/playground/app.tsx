import { useEffect, useMemo, useState } from 'preact/hooks'
import { useLanguage } from '../design/use-language.ts'
import { useStored } from '../design/use-stored.ts'
import { ChatHeader } from '../parts/chat/chat-header.tsx'
import { ChatView } from '../parts/chat/chat-view.tsx'
import type { RenderRemedies } from '../parts/chat/failure-note.tsx'
import { useChat } from '../parts/chat/use-chat.ts'
import { listBases } from '../parts/gateway/gateway.ts'
import { useModels } from '../parts/gateway/use-models.ts'
import { type Credential, toCaller } from './credential.ts'
import { pageMessages } from './messages.ts'
import { CodeButton } from './parts/code-button.tsx'
import { CredentialButton } from './parts/credential-button.tsx'
import { CredentialDialog } from './parts/credential-dialog.tsx'

const bases = listBases(location.href)

/** The page: a conversation with a model of the gateway. */
export const App = () => {
  const [language, changeLanguage] = useLanguage('playground.language')
  const messages = pageMessages[language]
  const [credential, setCredential] = useCredential()
  const [asksCredential, setAsksCredential] = useState(false)
  const caller = useMemo(() => toCaller(credential), [credential?.kind, credential?.value])
  const models = useModels({ bases, caller, name: 'playground.model' })
  const chat = useChat(models.gateway)
  const ask = (): void => setAsksCredential(true)
  const renderRemedies: RenderRemedies = ({ status }) =>
    status === 401 && (
      <button type="button" class="button" onClick={ask}>
        {messages.accessTitle}
      </button>
    )
  useEffect(() => {
    document.title = messages.title
  }, [messages])
  return (
    <div class="page">
      <ChatHeader
        {...{ messages, name: messages.heading, talk: { models, chat } }}
        mark="lines"
        themeName="playground.theme"
        onLanguage={changeLanguage}
      >
        <CredentialButton {...{ messages, isSet: credential !== undefined, onCredential: ask }} />
      </ChatHeader>
      <ChatView
        {...{ messages, chat, models, renderRemedies, examples: messages.examples }}
        renderTools={({ request }) => <CodeButton {...{ messages, credential, request }} base={models.gateway.base} />}
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
