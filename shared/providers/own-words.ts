import { isObject } from '../protocol/json.ts'

/** Longest part of a message that is looked at, in characters. */
const maxLength = 2_000

/** Whether a provider's message matches a pattern in the provider's own words: without quotations, and without the names
 *  and texts of the request that match by themselves. */
export const saysItself = (message: string, pattern: RegExp, request: unknown): boolean => {
  let words = message.slice(0, maxLength)
  if (!pattern.test(words)) return false
  const echoed = textsOf(request).filter((text) => words.includes(text) && pattern.test(text))
  for (const text of echoed.sort((a, b) => b.length - a.length)) words = words.replaceAll(text, ' ')
  return pattern.test(words.replace(quotation, ' '))
}

/** A quotation begins where no word goes on: the apostrophe of "isn't" begins none. */
const quotation = /(?<!\w)(['"`]).*?\1(?!\w)/gs

/** All strings within a value, names of fields included, in no certain order. */
const textsOf = (value: unknown): string[] => {
  const texts: string[] = []
  const left: unknown[] = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'string') texts.push(next)
    else if (Array.isArray(next)) for (const item of next) left.push(item)
    else if (isObject(next)) for (const entry of Object.entries(next)) left.push(...entry)
  }
  return texts
}
