import type { Usage } from '../../protocol/usage.ts'
import { contradictsText } from '../normalize/usage-fields.ts'

/** The usage that a stream has stated so far, and the text that it must cover. */
export class StreamUsage {
  private usage: Usage | undefined
  /** Whether the usage came with the end of the response or after it. */
  private isLast = false
  private textLength = 0
  private hasTextSince = false

  /** The usage to bill. Undefined if text arrived after it, or if it counts no output although text arrived before the
   *  end: some providers state only the prompt, or zeros, until the last chunk. */
  get billable(): Usage | undefined {
    const { usage, textLength } = this
    if (!usage || this.hasTextSince) return undefined
    if (usage.completion_tokens === 0 && textLength > 0 && !this.isLast) return undefined
    return contradictsText(usage, textLength) ? undefined : usage
  }

  /** Whether no better usage is to be expected. */
  get isFinal(): boolean {
    return this.isLast && Boolean(this.usage?.completion_tokens)
  }

  /** Adds text of the response. */
  addText(text: string): void {
    if (text === '') return
    this.textLength += text.length
    this.hasTextSince = true
  }

  /** Takes a usage that the provider states. It covers the text of its own chunk too, and replaces an earlier one; but
   *  zeros do not replace counts.
   *  @param isLast whether the response was complete by then */
  state(usage: Usage, isLast: boolean): void {
    if (usage.total_tokens === 0 && this.usage && this.usage.total_tokens > 0) return
    this.usage = usage
    this.isLast = isLast
    this.hasTextSince = false
  }
}
