import { useLayoutEffect, useState } from 'preact/hooks'

/** The views of the console, in the order of its navigation. */
export const viewNames = ['overview', 'models', 'usage', 'wallets', 'keys', 'quotas', 'doctor'] as const

/** The name of a view. */
export type ViewName = (typeof viewNames)[number]

/** Returns the view that the URL names, such as `#/models`. Default: the first one. */
export const useRoute = (): ViewName => {
  const [route, setRoute] = useState(readRoute)
  // At once: an effect that waits for the first frame would miss a change before it.
  useLayoutEffect(() => {
    const listen = (): void => {
      setRoute(readRoute())
      scrollTo(0, 0)
    }
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return route
}

const readRoute = (): ViewName => viewNames.find((name) => location.hash === `#/${name}`) ?? viewNames[0]
