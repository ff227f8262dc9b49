import { useEffect, useRef } from 'preact/hooks'
import { Brand } from '../../design/brand.tsx'
import { ThemeButton } from '../../design/theme-button.tsx'
import type { ConsoleMessages } from '../messages.ts'
import { type ViewName, viewNames } from '../use-route.ts'

/** The options of {@link Header}. */
export interface HeaderOptions {
  readonly messages: ConsoleMessages
  readonly route: ViewName
  readonly onLanguage: () => void
}

/** The head of the page: its name, the links to the views, language and colours. */
export const Header = ({ messages, route, onLanguage }: HeaderOptions) => (
  <header class="header">
    <div class="header-inner">
      <p class="brand">
        <Brand mark="lines" name={messages.heading} />
      </p>
      <Navigation {...{ messages, route }} />
      <div class="header-tools">
        <ThemeButton messages={messages} name="console.theme" />
        <button type="button" class="tool tool-text" onClick={onLanguage} title={messages.switchLanguage}>
          {messages.otherLanguage}
        </button>
      </div>
    </div>
  </header>
)

/** The links to the views. A narrow page scrolls to the one that is shown. */
const Navigation = ({ messages, route }: Pick<HeaderOptions, 'messages' | 'route'>) => {
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [route, messages])
  return (
    <nav ref={nav} class="nav" aria-label={messages.navigation}>
      {viewNames.map((name) => (
        <a key={name} class="nav-link" href={`#/${name}`} aria-current={name === route ? 'page' : undefined}>
          {messages.views[name]}
        </a>
      ))}
    </nav>
  )
}
