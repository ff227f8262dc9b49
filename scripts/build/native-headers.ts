import { readFile } from 'node:fs/promises'
import type { Plugin } from './data-modules.ts'

/** `@cloudbase/wx-cloud-client-sdk` 1.7 checks at load whether it must provide `Headers`. Node.js has them since 18,
 *  but reading them loads all of its client for `fetch`, which takes 20 ms. This sets the result in the bundle
 *  instead. */
export const nativeHeaders: Plugin = {
  name: 'native-headers',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]wx-cloud-client-sdk[\\/]lib[\\/]\w+\.cjs\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('!globalThis.Headers', 'false'),
    }))
  },
}
