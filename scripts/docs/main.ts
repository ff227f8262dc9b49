import { readFileSync, writeFileSync } from 'node:fs'
import { withVariables } from './cloudbaserc.ts'
import { envExample } from './env-example.ts'
import { withConfiguration } from './readme.ts'

/** Copies the variables' docblocks into both READMEs and `.env.example`, and their names into `cloudbaserc.json`: `npm run docs`. */
for (const [file, language] of [
  ['README.md', 'english'],
  ['README.zh-CN.md', 'chinese'],
] as const) {
  writeFileSync(file, withConfiguration(readFileSync(file, 'utf8'), language))
}

writeFileSync('.env.example', envExample())
writeFileSync('cloudbaserc.json', withVariables(readFileSync('cloudbaserc.json', 'utf8')))
