/** The text of prompts, with characters that JSON escapes. */
const paragraphs = {
  english:
    'He said: "Look at the second line,\nthen at the third." The report of the last quarter (see page 14) holds the figures.\n',
  chinese: '他说：“请看第二行，\n再看第三行。”上个季度的报告（见第 14 页）中有这些数字，请逐一核对后给出结论。\n',
} as const

/** The language of a prompt. */
export type Language = keyof typeof paragraphs

const greetings = { english: 'hello', chinese: '你好' } as const

const messageBytes = 2_000

/** The prompt of a chat request. */
export interface PromptOptions {
  readonly stream: boolean
  /** Default: a greeting. */
  readonly bytes?: number
  /** Default: English. */
  readonly language?: Language
  /** The first message. Default: that of a helpful assistant. */
  readonly system?: string
}

/** Creates the body of a chat request of about `bytes` bytes: messages of two kilobytes each, after the name of the model. */
export const chatBody = (
  model: string,
  { stream, bytes = 0, language = 'english', system = 'You are helpful.' }: PromptOptions,
): string => {
  const paragraph = paragraphs[language]
  const content = paragraph.repeat(Math.ceil(messageBytes / Buffer.byteLength(paragraph)))
  const long = Array.from({ length: Math.floor(bytes / Buffer.byteLength(JSON.stringify(content))) }, () => ({
    role: 'user',
    content,
  }))
  const messages = [{ role: 'system', content: system }, ...long, { role: 'user', content: greetings[language] }]
  return JSON.stringify({
    model,
    messages,
    stream,
    temperature: 0.7,
    ...(stream && { stream_options: { include_usage: true } }),
  })
}
