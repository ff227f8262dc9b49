import { useState } from 'preact/hooks'
import { Modal } from '../../design/modal.tsx'
import type { ChatRequest } from '../../parts/gateway/stream-chat.ts'
import { CodeBlock } from '../../parts/markdown/code-block.tsx'
import { type SampleGateway, sampleLanguages, sampleVariables, writeSample } from '../code-samples.ts'
import type { PageMessages } from '../messages.ts'

/** The options of {@link CodeDialog}. */
export interface CodeDialogOptions extends SampleGateway {
  readonly messages: PageMessages
  readonly request: ChatRequest
  readonly onClose: () => void
}

/** Shows code that makes the same call. */
export const CodeDialog = ({ messages, base, credential, request, onClose }: CodeDialogOptions) => {
  const [language, setLanguage] = useState<(typeof sampleLanguages)[number]>('curl')
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
        text={writeSample(language, { base, credential }, request)}
      />
    </Modal>
  )
}
