/** Parses a text that switches something on or off, such as `enabled`. Returns undefined if it is neither. */
export const parseBoolean = (text: string): boolean | undefined => {
  const word = text.trim()
  if (/^(1|true|t|yes|y|on)$/i.test(word)) return true
  return /^(0|false|f|no|n|off)$/i.test(word) ? false : undefined
}

/** Splits a comma-separated list into trimmed items without empty ones. Chinese keyboards type a full-width comma. */
export const parseList = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
