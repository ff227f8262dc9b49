import { useMemo } from 'preact/hooks'
import type { ChatMessages } from '../messages.ts'
import { CodeBlock } from './code-block.tsx'
import { type Block, type Cell, parseMarkdown, type Span, type Table } from './parse-markdown.ts'

/** The options of {@link Markdown}. */
export interface MarkdownOptions {
  readonly messages: ChatMessages
  readonly text: string
}

/** Draws Markdown as elements and texts. HTML in it is shown as text. */
export const Markdown = ({ messages, text }: MarkdownOptions) => {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return (
    <div class="prose">
      <Blocks messages={messages} blocks={blocks} />
    </div>
  )
}

const Blocks = ({ messages, blocks }: { readonly messages: ChatMessages; readonly blocks: readonly Block[] }) =>
  blocks.map((block) => <BlockView messages={messages} block={block} />)

const BlockView = ({ messages, block }: { readonly messages: ChatMessages; readonly block: Block }) => {
  if (block.kind === 'rule') return <hr />
  if (block.kind === 'code') return <CodeBlock messages={messages} language={block.language} text={block.text} />
  if (block.kind === 'paragraph') return <p>{block.spans.map(drawSpan)}</p>
  // The page itself has headings of the first two levels.
  if (block.kind === 'heading')
    return block.level < 3 ? <h3>{block.spans.map(drawSpan)}</h3> : <h4>{block.spans.map(drawSpan)}</h4>
  if (block.kind === 'table') return <TableView {...block} />
  if (block.kind === 'quote')
    return (
      <blockquote>
        <Blocks messages={messages} blocks={block.blocks} />
      </blockquote>
    )
  const items = block.items.map((blocks) => (
    <li>
      <Blocks messages={messages} blocks={blocks} />
    </li>
  ))
  return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>
}

const TableView = ({ sides, head, rows }: Table) => {
  const draw = (Tag: 'th' | 'td') => (cell: Cell, column: number) => (
    <Tag class={sides[column] && `is-${sides[column]}`}>{cell.map(drawSpan)}</Tag>
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keyboard too.
    <div class="table-box" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>{head.map(draw('th'))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>{row.map(draw('td'))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const drawSpan = ({ kind, text }: Span) => {
  if (kind === 'code') return <code class="inline-code">{text}</code>
  return kind === 'strong' ? <strong>{text}</strong> : text
}
