import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'vite'
import { createPolicy, pages } from '../web/pages.ts'

/** Builds each page of `web/` into `dist/web/`: plain files with relative addresses, which work below any path. */

rmSync('dist/web', { recursive: true, force: true })
for (const { name } of pages)
  await build({
    root: resolve('web', name),
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins: [
      {
        name: 'content-security-policy',
        transformIndexHtml: () => [
          {
            tag: 'meta',
            attrs: { 'http-equiv': 'Content-Security-Policy', content: createPolicy() },
            injectTo: 'head-prepend',
          },
        ],
      },
    ],
    build: {
      outDir: resolve('dist/web', name),
      emptyOutDir: true,
      // A data: URL would need a wider policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
