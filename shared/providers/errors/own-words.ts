import { isObject } from '../../runtime/json.ts'

/** Longest part of a message that is searched, in characters. */
const maxMessageLength = 2_000

/** The provider's own words in a message: without quotations, and without those names and texts of the request that
 *  would be signs by themselves. So no client can choose what a failure is taken for.
 *  @param isTelling whether a text of the request matches the sign */
export const getOwnWords = (message: string, request: unknown, isTelling: (text: string) => boolean): string => {
  let words = message.slice(0, maxMessageLength)
  if (!isTelling(words)) return words
  const echoed = collectTexts(request).filter((text) => words.includes(text) && isTelling(text))
  for (const text of echoed.sort((a, b) => b.length - a.length)) words = words.replaceAll(text, ' ')
  return words.replace(quotation, ' ')
}

/** A quotation does not begin inside a word: the apostrophe of "isn't" begins none. */
const quotation = /(?<!\w)(['"`]).*?\1(?!\w)|“[^”]*”|‘[^’]*’|「[^」]*」/gs

/** All strings within a value, names of fields included, in any order. */
const collectTexts = (value: unknown): string[] => {
  const texts: string[] = []
  const remaining: unknown[] = [value]
  while (remaining.length > 0) {
    const next = remaining.pop()
    if (typeof next === 'string') texts.push(next)
    else if (Array.isArray(next)) for (const item of next) remaining.push(item)
    else if (isObject(next)) for (const entry of Object.entries(next)) remaining.push(...entry)
  }
  return texts
}
