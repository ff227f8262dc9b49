import { useEffect } from 'preact/hooks'
import { chooseLanguage, type PageLanguage } from './language.ts'
import { sharedMessages } from './messages.ts'
import { useStored } from './use-stored.ts'

/** Returns the language of the page, and what changes it to the other one. At first it is that of the browser.
 *  @param name the name under which the choice is kept, such as `playground.language` */
export const useLanguage = (name: string): readonly [PageLanguage, () => void] => {
  const [stored, store] = useStored(name)
  const language = stored === 'en' || stored === 'zh' ? stored : chooseLanguage(navigator.languages)
  useEffect(() => {
    document.documentElement.lang = sharedMessages[language].htmlLanguage
  }, [language])
  return [language, () => store(language === 'en' ? 'zh' : 'en')]
}
