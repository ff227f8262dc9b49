import { resolve } from 'node:path'
import type cloudbase from '@cloudbase/js-sdk'

type App = ReturnType<typeof cloudbase.init>

/** The tokens of a signed-in user, as the auth service sends them. */
export interface Session {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
}

/** The parts of the app that its types do not have. */
interface Untyped {
  registerEndPointWithKey(endpoint: { key: string; url: string; protocol: string }): void
  readonly oauthInstance: { readonly oauth2client: { setCredentials(session: Session): Promise<void> } }
}

/** The options of an app. */
export interface JsSdkOptions {
  readonly envId: string
  /** Origin of the auth service. */
  readonly origin: string
  /** Publishable key, sent if no user is signed in. */
  readonly accessKey?: string
  readonly session?: Session
}

/** Creates an app of the real `@cloudbase/js-sdk` in its browser build, because only this build turns an error status into an
 *  error. The browser globals that it reads at its start are stubs. */
export const createJsSdkApp = async ({ envId, origin, accessKey, session }: JsSdkOptions): Promise<App> => {
  const stored = new Map<string, string>()
  const localStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  }
  const location = { href: 'http://127.0.0.1/', protocol: 'http:', search: '', hash: '' }
  const Stub = class {}
  const browser = { localStorage, sessionStorage: localStorage, location, document: {} }
  Object.assign(globalThis, { ...browser, window: globalThis, XMLHttpRequest: Stub, WebSocket: Stub })
  const build = resolve('node_modules/@cloudbase/js-sdk/dist/index.cjs.js')
  const { default: sdk } = (await import(build)) as { default: typeof cloudbase }
  const app = sdk.init({ env: envId, region: 'ap-shanghai', ...(accessKey && { accessKey }) })
  app.auth({ persistence: 'local' })
  const untyped = app as unknown as Untyped
  untyped.registerEndPointWithKey({ key: 'GATEWAY', url: origin.replace('http:', ''), protocol: 'http:' })
  if (session) await untyped.oauthInstance.oauth2client.setCredentials(session)
  return app
}
