import { readFile } from 'node:fs/promises'
import type { Plugin } from './data-modules.ts'

/** Answers a question that `@cloudbase/wx-cloud-client-sdk` 1.7 asks when it is loaded: whether it must bring `Headers` along. Node.js has
 *  them since 18, and a look at them loads all of its client for `fetch`, which takes 20 ms. */
export const nativeHeaders: Plugin = {
  name: 'native-headers',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]wx-cloud-client-sdk[\\/]lib[\\/]\w+\.cjs\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('!globalThis.Headers', 'false'),
    }))
  },
}
