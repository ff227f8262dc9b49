import { useState } from 'preact/hooks'
import { CodeDialog, type CodeDialogOptions } from './code-dialog.tsx'

/** Opens the code of a call. */
export const CodeButton = (options: Omit<CodeDialogOptions, 'onClose'>) => {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <button type="button" class="link-button" onClick={() => setIsOpen(true)}>
        {options.messages.code}
      </button>
      {isOpen && <CodeDialog {...options} onClose={() => setIsOpen(false)} />}
    </>
  )
}
