import type { Result } from '../../runtime/result.ts'
import type { SlicedWork } from '../../runtime/slices.ts'

/** A word that is not allowed, and its subject. */
export interface ListedWord {
  readonly text: string
  readonly label: string
}

/** The label of words that stand below no heading. */
const defaultLabel = 'words'

/** The most words of a list, the most characters of all of them, and of one: all cost memory, and a long word holds a stream
 *  back. */
const maxWords = 200_000
const maxCharacters = 1_000_000
const maxWordLength = 64

/** Lines between two yields. */
const linesPerSlice = 256

/** Parses a list of words: one a line. `[label]` names what the words below it are about, and a line that begins with `# `
 *  is a comment. A list that holds no word is a problem, because it would check nothing.
 *  @param name the name of the variable, file or row, for the problem. A problem quotes no word. */
export function* parseWordList(text: string, name: string): SlicedWork<Result<readonly ListedWord[]>> {
  const words: ListedWord[] = []
  let label = defaultLabel
  let characters = 0
  let count = 0
  for (const raw of readListLines(text)) {
    count += 1
    if (count % linesPerSlice === 0) yield
    const line = raw.trim()
    if (line === '' || line === '#' || line.startsWith('# ')) continue
    const heading = /^\[([^\]]+)\]$/.exec(line)?.[1]
    if (heading !== undefined) label = heading.trim().slice(0, 64)
    else if (line.length > maxWordLength)
      return { problem: `${name}, line ${count}: a word has at most ${maxWordLength} characters.` }
    else words.push({ text: line, label })
    characters += line.length
  }
  if (words.length === 0) return { problem: `${name} holds no word. Write one word a line.` }
  if (words.length > maxWords) return { problem: `${name} has ${words.length} words. At most ${maxWords} are allowed.` }
  if (characters > maxCharacters)
    return { problem: `${name} has ${characters} characters. At most ${maxCharacters} are allowed.` }
  return { value: words }
}

/** Reads lines one by one: a list of 200,000 is not split at once. */
function* readListLines(text: string): Generator<string> {
  const lines = /([^\r\n]*)(?:\r\n|\r|\n|$)/y
  lines.lastIndex = text.startsWith('\uFEFF') ? 1 : 0
  while (lines.lastIndex < text.length) yield lines.exec(text)?.[1] ?? ''
}
