import { useState } from 'preact/hooks'
import { Modal } from '../../design/modal.tsx'
import { sampleLanguages, sampleVariables, writeSample } from '../chat/code-samples.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { ChatRequest } from '../gateway/stream-chat.ts'
import type { PageMessages } from '../messages.ts'
import { CodeBlock } from './code-block.tsx'

/** The options of {@link CodeDialog}. */
export interface CodeDialogOptions {
  readonly messages: PageMessages
  readonly gateway: Gateway
  readonly request: ChatRequest
  readonly onClose: () => void
}

/** Shows code that makes the same call. */
export const CodeDialog = ({ messages, gateway, request, onClose }: CodeDialogOptions) => {
  const [language, setLanguage] = useState<(typeof sampleLanguages)[number]>('curl')
  const { credential } = gateway
  return (
    <Modal {...{ messages, onClose }} title={messages.codeTitle}>
      <div class="choices">
        {sampleLanguages.map((name) => (
          <button
            key={name}
            type="button"
            class="choice"
            aria-pressed={name === language}
            onClick={() => setLanguage(name)}
          >
            {name}
          </button>
        ))}
      </div>
      {credential && <p class="quiet">{messages.codeNote(sampleVariables[credential.kind])}</p>}
      <CodeBlock
        key={language}
        messages={messages}
        language={language === 'curl' ? 'bash' : language}
        text={writeSample(language, gateway, request)}
      />
    </Modal>
  )
}
