/** A language of the docs. */
export type Language = 'en' | 'zh'
