import type { Result } from '../../runtime/result.ts'

/** A word that is not allowed, and its subject. */
export interface ListedWord {
  readonly text: string
  readonly label: string
}

/** The label of words that stand below no heading. */
const defaultLabel = 'words'

/** The most words of a list, and the most characters of a word: both cost memory, and a long word holds a stream back. */
const maxWords = 200_000
const maxWordLength = 64

/** Parses a list of words: one a line. `[label]` names what the words below it are about, and a line that begins with `# `
 *  is a comment. A list that holds no word is a problem, because it would check nothing.
 *  @param variable the name of the variable or file, for the problem. A problem quotes no word. */
export const parseWordList = (text: string, variable: string): Result<readonly ListedWord[]> => {
  const words: ListedWord[] = []
  let label = defaultLabel
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim()
    if (line === '' || line === '#' || line.startsWith('# ')) continue
    const heading = /^\[([^\]]+)\]$/.exec(line)?.[1]
    if (heading !== undefined) label = heading.trim().slice(0, 64)
    else if (line.length > maxWordLength)
      return { problem: `${variable}, line ${index + 1}: a word has at most ${maxWordLength} characters.` }
    else words.push({ text: line, label })
  }
  if (words.length === 0) return { problem: `${variable} holds no word. Write one word a line.` }
  if (words.length > maxWords)
    return { problem: `${variable} has ${words.length} words. At most ${maxWords} are allowed.` }
  return { value: words }
}
