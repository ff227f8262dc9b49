import type { ChatMessages } from '../messages.ts'
import { CopyButton } from './copy-button.tsx'

/** The options of {@link CodeBlock}. */
export interface CodeBlockOptions {
  readonly messages: ChatMessages
  /** Shown above the code; may be empty. */
  readonly language: string
  readonly text: string
}

/** A block of code with a button that copies it. */
export const CodeBlock = ({ messages, language, text }: CodeBlockOptions) => (
  <div class="code">
    <div class="code-head">
      <span>{language}</span>
      <CopyButton messages={messages} text={text} label={`${messages.copy}: ${language || messages.code}`} />
    </div>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, by keyboard too. */}
    <pre tabIndex={0}>
      <code>{text}</code>
    </pre>
  </div>
)
