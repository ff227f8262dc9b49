import { useState } from 'preact/hooks'

/** Reads and keeps a text under a name in a storage. A browser that refuses the storage keeps it until the page closes.
 *  @param storage `localStorage`, or `sessionStorage` for what must not outlive the tab */
export const useStored = (
  name: string,
  storage: 'localStorage' | 'sessionStorage' = 'localStorage',
): readonly [string | undefined, (value: string | undefined) => void] => {
  const key = `playground.${name}`
  const [value, setValue] = useState(() => attempt(() => window[storage].getItem(key) ?? undefined))
  const store = (next: string | undefined): void => {
    setValue(next)
    attempt(() => (next === undefined ? window[storage].removeItem(key) : window[storage].setItem(key, next)))
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
