import { useState } from 'preact/hooks'

/** Reads and keeps a text under a name in a storage. A browser that refuses the storage keeps it until the page closes.
 *  @param name begins with the page's name, such as `playground.model`, because pages of one host share the storage
 *  @param storage `localStorage`, or `sessionStorage` for what must not outlive the tab */
export const useStored = (
  name: string,
  storage: 'localStorage' | 'sessionStorage' = 'localStorage',
): readonly [string | undefined, (value: string | undefined) => void] => {
  const [value, setValue] = useState(() => attempt(() => window[storage].getItem(name) ?? undefined))
  const store = (next: string | undefined): void => {
    setValue(next)
    attempt(() => (next === undefined ? window[storage].removeItem(name) : window[storage].setItem(name, next)))
  }
  return [value, store]
}

const attempt = <Value>(run: () => Value): Value | undefined => {
  try {
    return run()
  } catch {
    return undefined
  }
}
