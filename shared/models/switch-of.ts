/** What a text of `enabled` says; undefined when it says neither. */
export const switchOf = (text: string): boolean | undefined => {
  const word = text.trim()
  if (/^(1|true|yes|on)$/i.test(word)) return true
  return /^(0|false|no|off)$/i.test(word) ? false : undefined
}
