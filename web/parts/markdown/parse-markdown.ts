/** A piece of a line. */
export interface Span {
  readonly kind: 'text' | 'code' | 'strong'
  readonly text: string
}

/** A part of a text. */
export type Block =
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | { readonly kind: 'list'; readonly start: number | undefined; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | Table
  | { readonly kind: 'rule' }

/** A table. A row may have more cells than the head. */
export interface Table {
  readonly kind: 'table'
  /** The side of each column that its texts touch. Undefined: the start. */
  readonly sides: readonly ('center' | 'end' | undefined)[]
  readonly head: readonly Cell[]
  readonly rows: readonly (readonly Cell[])[]
}

/** A cell of a table. */
export type Cell = readonly Span[]

const maxDepth = 6
const fencePattern = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/
const headingPattern = /^ {0,3}(#{1,6})\s+(.*)$/
const itemPattern = /^( {0,3})([-*+]|\d{1,9}[.)])( +)(?=\S)/
const rulePattern = /^ {0,3}([-*_])( *\1){2,} *$/
const quotePattern = /^ {0,3}> ?/

/** Parses the part of Markdown that models write most: paragraphs, headings, lists, quotes, tables (GitHub Flavored Markdown), blocks of
 *  code, code and bold text in a line. Everything else, HTML included, stays the text it is. A block of code that has no end yet goes on
 *  to the end of the text. */
export const parseMarkdown = (text: string): readonly Block[] => parseLines(text.split(/\r\n|\n|\r/), 0)

const parseLines = (lines: readonly string[], depth: number): Block[] => {
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; ) {
    const { block, next } = readBlock(lines, at, depth)
    if (block) blocks.push(block)
    at = next
  }
  return blocks
}

interface Reading {
  readonly block?: Block
  /** The first line after the block. */
  readonly next: number
}

const readBlock = (lines: readonly string[], at: number, depth: number): Reading => {
  const line = lines[at] ?? ''
  if (line.trim() === '') return { next: at + 1 }
  const heading = headingPattern.exec(line)
  if (heading) {
    const [, marks = '', title = ''] = heading
    return { block: { kind: 'heading', level: marks.length, spans: parseSpans(title) }, next: at + 1 }
  }
  if (rulePattern.test(line)) return { block: { kind: 'rule' }, next: at + 1 }
  if (fencePattern.test(line)) return readCode(lines, at)
  if (itemPattern.test(line) && depth < maxDepth) return readList(lines, at, depth)
  if (quotePattern.test(line) && depth < maxDepth) return readQuote(lines, at, depth)
  if (isTable(lines, at)) return readTable(lines, at)
  return readParagraph(lines, at, depth)
}

const readCode = (lines: readonly string[], at: number): Reading => {
  const [, fence = '', language = ''] = fencePattern.exec(lines[at] ?? '') ?? []
  const isEnd = (line: string): boolean =>
    line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] ?? '', '') === ''
  const end = findEnd(lines, at, isEnd)
  return { block: { kind: 'code', language, text: lines.slice(at + 1, end).join('\n') }, next: end + 1 }
}

const readList = (lines: readonly string[], at: number, depth: number): Reading => {
  const first = itemPattern.exec(lines[at] ?? '')?.[2] ?? '-'
  const isOrdered = /\d/.test(first)
  const items: Block[][] = []
  let next = at
  for (let item = itemPattern.exec(lines[next] ?? ''); item; item = itemPattern.exec(lines[next] ?? '')) {
    if (/\d/.test(item[2] ?? '') !== isOrdered) break
    const end = findItemEnd(lines, next)
    const own = (lines[next] ?? '').slice(item[0].length)
    items.push(
      parseLines([own, ...lines.slice(next + 1, end).map((line) => line.replace(/^ {1,4}|^\t/, ''))], depth + 1),
    )
    next = end
    while (lines[next]?.trim() === '' && itemPattern.test(lines[next + 1] ?? '')) next += 1
  }
  return { block: { kind: 'list', start: isOrdered ? Number.parseInt(first, 10) : undefined, items }, next }
}

/** Lines that begin with a blank belong to the item, and empty lines before such a line. */
const findItemEnd = (lines: readonly string[], at: number): number => {
  let end = at + 1
  for (let next = end; next < lines.length; next += 1) {
    const line = lines[next] ?? ''
    if (line.trim() === '') continue
    if (!/^(\t| {2})/.test(line)) break
    end = next + 1
  }
  return end
}

const readQuote = (lines: readonly string[], at: number, depth: number): Reading => {
  const next = findEnd(lines, at, (line) => !quotePattern.test(line))
  const own = lines.slice(at, next).map((line) => line.replace(quotePattern, ''))
  return { block: { kind: 'quote', blocks: parseLines(own, depth + 1) }, next }
}

/** A table begins with two rows of as many cells, the second of which is made of dashes. */
const isTable = (lines: readonly string[], at: number): boolean => {
  const [head = '', dashes = ''] = [lines[at], lines[at + 1]]
  if (!head.includes('|') || !dashes.includes('|')) return false
  const cells = splitRow(dashes)
  return cells.every((cell) => /^:?-+:?$/.test(cell)) && splitRow(head).length === cells.length
}

const readTable = (lines: readonly string[], at: number): Reading => {
  const next = findEnd(lines, at + 1, (line) => !line.includes('|'))
  const [head = [], ...rows] = [lines[at] ?? '', ...lines.slice(at + 2, next)].map((row) =>
    splitRow(row).map(parseSpans),
  )
  const sides = splitRow(lines[at + 1] ?? '').map((cell) => {
    if (!cell.endsWith(':')) return undefined
    return cell.startsWith(':') ? 'center' : 'end'
  })
  return { block: { kind: 'table', sides, head, rows }, next }
}

const splitRow = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

/** Returns the number of the first line after this one that is no part of the block. */
const findEnd = (lines: readonly string[], at: number, isOutside: (line: string, at: number) => boolean): number => {
  let end = at + 1
  while (end < lines.length && !isOutside(lines[end] ?? '', end)) end += 1
  return end
}

const readParagraph = (lines: readonly string[], at: number, depth: number): Reading => {
  const end = findEnd(
    lines,
    at,
    (line, place) =>
      line.trim() === '' ||
      headingPattern.test(line) ||
      fencePattern.test(line) ||
      (depth < maxDepth && (itemPattern.test(line) || quotePattern.test(line))) ||
      isTable(lines, place),
  )
  return { block: { kind: 'paragraph', spans: parseSpans(lines.slice(at, end).join('\n')) }, next: end }
}

const spanPattern = /`([^`\n]+)`|\*\*([^*\n]+)\*\*/g

const parseSpans = (text: string): Span[] => {
  const spans: Span[] = []
  let at = 0
  for (const match of text.matchAll(spanPattern)) {
    const [all, code, strong] = match
    if (match.index > at) spans.push({ kind: 'text', text: text.slice(at, match.index) })
    spans.push(code === undefined ? { kind: 'strong', text: strong ?? '' } : { kind: 'code', text: code })
    at = match.index + all.length
  }
  if (at < text.length) spans.push({ kind: 'text', text: text.slice(at) })
  return spans
}
