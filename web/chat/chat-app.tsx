import { useEffect, useRef } from 'preact/hooks'
import { ChatHeader } from '../parts/chat/chat-header.tsx'
import { type Chat, useChat } from '../parts/chat/use-chat.ts'
import { useModels } from '../parts/gateway/use-models.ts'
import type { ChatAppOptions, ChatContext } from './chat-context.ts'
import { toVariables } from './config/colours.ts'
import type { PageConfig } from './config/page-config.ts'
import type { PageMessages } from './messages.ts'
import { SignIn } from './parts/sign-in.tsx'
import { type Session, useSession } from './session/use-session.ts'
import { SignedIn } from './signed-in.tsx'

/** The app of its users: they sign in, talk with a model, and see what it costs. */
export const ChatApp = (options: ChatAppOptions) => {
  const { messages, config } = options
  const session = useSession(config)
  const models = useModels({ bases: config.bases, caller: session.caller, name: 'chat.model' })
  const chat = useChat(models.gateway)
  useLook(config, messages)
  useConversationOfUser(session, chat)
  const context: ChatContext = { ...options, name: config.name ?? messages.heading, session, models, chat }
  return <div class="page">{session.state === 'signedIn' ? <SignedIn {...context} /> : <Entrance {...context} />}</div>
}

const Entrance = ({ messages, config, name, session, onLanguage }: ChatContext) => (
  <>
    <ChatHeader mark="bubble" {...{ messages, name, onLanguage }} themeName="chat.theme" />
    <SignIn {...{ messages, session, name: config.name }} kinds={config.login?.kinds ?? []} onUser={session.enter} />
  </>
)

/** The name and the colour of the app. */
const useLook = ({ name, colour }: PageConfig, messages: PageMessages): void => {
  useEffect(() => {
    document.title = name ?? messages.heading
  }, [name, messages])
  useEffect(() => {
    for (const [variable, value] of Object.entries(colour === undefined ? {} : toVariables(colour)))
      document.documentElement.style.setProperty(variable, value)
  }, [colour])
}

/** The conversation stays while its user signs in again. Another user does not see it. */
const useConversationOfUser = ({ user }: Session, chat: Chat): void => {
  const last = useRef(user?.id)
  useEffect(() => {
    if (user && last.current !== undefined && user.id !== last.current) chat.clear()
    last.current = user?.id ?? last.current
  }, [user?.id])
}
