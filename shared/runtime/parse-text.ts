/** What a text of `enabled` says; undefined when it says neither. */
export const parseBoolean = (text: string): boolean | undefined => {
  const word = text.trim()
  if (/^(1|true|t|yes|y|on)$/i.test(word)) return true
  return /^(0|false|f|no|n|off)$/i.test(word) ? false : undefined
}

/** The items of a comma-separated list, trimmed, without empty ones. Chinese keyboards type the comma in full width. */
export const parseList = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
