import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** The options of {@link Modal}. */
export interface ModalOptions {
  /** The label of its button. */
  readonly messages: { readonly close: string }
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog over the page. Escape, its button and a click beside it close it; the focus then returns to where it was. */
export const Modal = ({ messages, title, onClose, children }: ModalOptions) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const opener = document.activeElement
    dialog.current?.showModal()
    // The browser gives the focus back when a dialog closes, but not when an open one is removed.
    return () => opener instanceof HTMLElement && opener.focus()
  }, [])
  const closeBeside = (event: MouseEvent): void => {
    if (event.target === dialog.current) dialog.current?.close()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key that closes a dialog.
    <dialog ref={dialog} class="modal" aria-labelledby={titleId} onClose={onClose} onClick={closeBeside}>
      <div class="modal-inner">
        <div class="modal-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="tool" onClick={() => dialog.current?.close()} aria-label={messages.close}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  )
}
