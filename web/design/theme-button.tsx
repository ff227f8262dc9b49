import { useEffect } from 'preact/hooks'
import { Icon } from './icon.tsx'
import { useStored } from './use-stored.ts'

const themes = ['auto', 'light', 'dark'] as const
const themeIcons = { auto: 'auto', light: 'sun', dark: 'moon' } as const

/** The options of {@link ThemeButton}. */
export interface ThemeButtonOptions {
  readonly messages: {
    readonly theme: string
    readonly themes: Readonly<Record<(typeof themes)[number], string>>
  }
  /** The name under which the choice is kept, such as `playground.theme`. */
  readonly name: string
}

/** Changes the colours of the page: those of the system, light, dark. */
export const ThemeButton = ({ messages, name }: ThemeButtonOptions) => {
  const [stored, store] = useStored(name)
  const theme = themes.find((each) => each === stored) ?? 'auto'
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]
  const label = `${messages.theme}: ${messages.themes[theme]}`
  return (
    <button type="button" class="tool" onClick={() => store(next)} title={label} aria-label={label}>
      <Icon name={themeIcons[theme]} />
    </button>
  )
}
