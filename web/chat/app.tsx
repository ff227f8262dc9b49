import { useLanguage } from '../design/use-language.ts'
import { useLoaded } from '../design/use-loaded.ts'
import { Notice } from '../parts/chat/notice.tsx'
import { ChatApp } from './chat-app.tsx'
import { readPageConfig } from './config/read-config.ts'
import { pageMessages } from './messages.ts'

/** The page: reads how it is set up, and shows the app. */
export const App = () => {
  const [language, changeLanguage] = useLanguage('chat.language')
  const messages = pageMessages[language]
  const { value, failure, reload } = useLoaded({ read: () => readPageConfig(location.href), toFailure: toMessage }, [])
  if (value) return <ChatApp {...{ messages }} config={value} onLanguage={changeLanguage} />
  if (!failure) return null
  return (
    <main class="page-notice">
      <h1 class="visually-hidden">{messages.heading}</h1>
      <Notice messages={messages} text={messages.notSetUp} details={<p lang="en">{failure}</p>} onRetry={reload} />
    </main>
  )
}

const toMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error))
