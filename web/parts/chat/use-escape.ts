import { useEffect } from 'preact/hooks'

/** Runs on Escape. It closes a dialog first, and cancels the composition of an input method. */
export const useEscape = (isActive: boolean, run: () => void): void => {
  useEffect(() => {
    if (!isActive) return
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing && !document.querySelector('dialog[open]')) run()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [isActive, run])
}
