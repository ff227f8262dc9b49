import type OpenAI from 'openai'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'

/** Reads the events of a stream with the helper of the `openai` package, which is the strictest client.
 *  @throws what that helper throws at a stream that it cannot use */
export const readAsClient = async (body: string): Promise<OpenAI.ChatCompletion> => {
  const lines = body.split('\n').flatMap((line) => (line.startsWith('data: {') ? `${line.slice(6)}\n` : []))
  return ChatCompletionStream.fromReadableStream(new Blob(lines).stream()).finalChatCompletion()
}
