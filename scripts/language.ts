/** A language of the docs and of the tools' messages. */
export type Language = 'en' | 'zh'

/** One value for each language. A tool keeps its messages in such a table, so the compiler reports a missing text. */
export type InEachLanguage<Value> = Readonly<Record<Language, Value>>

/** The variables that set the language of messages; the first one that is set counts (POSIX, "Locale Categories"). */
const localeVariables = ['LC_ALL', 'LC_MESSAGES', 'LANG'] as const

/** Returns the language of a tool's messages. If no variable sets it, the system's locale does; Windows sets none.
 *  Machine-readable output and error codes are English in both. */
export const getLanguage = (
  environment: Readonly<Record<string, string | undefined>>,
  systemLocale = new Intl.DateTimeFormat().resolvedOptions().locale,
): Language => {
  const locale = localeVariables.map((name) => environment[name]).find((value) => value) ?? systemLocale
  return /^zh(?![a-z])/i.test(locale.trim()) ? 'zh' : 'en'
}
