/** A language of the pages. */
export type PageLanguage = 'en' | 'zh'

/** Returns the language of a page for the languages of a browser, the preferred one first. */
export const chooseLanguage = (preferred: readonly string[]): PageLanguage =>
  /^zh\b/i.test(preferred.find((name) => /^(zh|en)\b/i.test(name)) ?? '') ? 'zh' : 'en'
