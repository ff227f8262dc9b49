import { backslash, quote } from './json.ts'

/** Follows the text of a JSON object or array that comes in pieces, and notices when it is complete. The work is linear
 *  in the length of the text. */
export class JsonProgress {
  private depth = 0
  private begun = false
  private quoted = false
  private escaped = false

  /** Whether the outermost object or array has been closed. */
  get complete(): boolean {
    return this.begun && this.depth === 0
  }

  /** Whether the text ends within a string. */
  get inString(): boolean {
    return this.quoted
  }

  /** Adds text. Returns what of it belongs to the value: all, but for text after its end, and for a second value. */
  add(text: string): string {
    if (this.complete) return ''
    for (let index = 0; index < text.length; index++) {
      this.read(text.charCodeAt(index))
      beginsValue.lastIndex = index + 1
      if (this.complete && beginsValue.test(text)) return text.slice(0, index + 1)
    }
    return text
  }

  private read(character: number): void {
    if (this.escaped) this.escaped = false
    else if (character === quote) this.quoted = !this.quoted
    else if (this.quoted) this.escaped = character === backslash
    else if (character === 0x7b || character === 0x5b) {
      this.depth += 1
      this.begun = true
    } else if (character === 0x7d || character === 0x5d) this.depth -= 1
  }
}

const beginsValue = /\s*[{[]/y
