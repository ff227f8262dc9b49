import { useEffect } from 'preact/hooks'
import { useLanguage } from '../design/use-language.ts'
import { useView } from './api/use-view.ts'
import type { Overview as OverviewView } from './api/views.ts'
import { consoleMessages } from './messages.ts'
import { Header } from './parts/header.tsx'
import { useRoute, type ViewName } from './use-route.ts'
import { Doctor } from './views/doctor.tsx'
import { Keys } from './views/keys.tsx'
import { Models } from './views/models.tsx'
import { Overview } from './views/overview.tsx'
import { Quotas } from './views/quotas.tsx'
import { Usage } from './views/usage.tsx'
import type { ViewOptions } from './views/view-options.ts'
import { Wallets } from './views/wallets.tsx'

const views: Readonly<Record<ViewName, (options: ViewOptions) => preact.JSX.Element>> = {
  overview: Overview,
  models: Models,
  usage: Usage,
  wallets: Wallets,
  keys: Keys,
  quotas: Quotas,
  doctor: Doctor,
}

/** The console: a head with the choice of the view, and the view. */
export const App = () => {
  const [language, changeLanguage] = useLanguage('console.language')
  const route = useRoute()
  const overview = useView<OverviewView>('overview')
  const messages = consoleMessages[language]
  const View = views[route]
  useEffect(() => {
    document.title = `${messages.views[route]} · ${messages.title}`
  }, [messages, route])
  return (
    <>
      <Header {...{ messages, route }} onLanguage={changeLanguage} />
      <main class="main">
        <h1 class="visually-hidden">{messages.views[route]}</h1>
        <View {...{ messages, overview }} />
      </main>
    </>
  )
}
