import { readFileSync, writeFileSync } from 'node:fs'
import { withConfiguration } from './readme.ts'

/** Copies the variables' docblocks into both READMEs: `npm run docs`. */
for (const [file, language] of [
  ['README.md', 'english'],
  ['README.zh-CN.md', 'chinese'],
] as const) {
  writeFileSync(file, withConfiguration(readFileSync(file, 'utf8'), language))
}
