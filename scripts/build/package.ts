import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CloudFunction, functions } from '../functions.ts'
import { bootstrap } from './bootstrap.ts'

/** Adds the files that the platform needs to each folder that the bundler wrote. Moves the metafiles to
 *  `dist/metafiles/`, one for each bundle. */

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

const wordsFile = 'moderation_words.txt'

const completeFolder = ({ name, kind }: CloudFunction): void => {
  const folder = join('dist/functions', name)
  const manifest = { name, version, private: true, type: 'commonjs', main: 'index.js' }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const file of ['model_map.json', 'model_list.json']) copyFileSync(file, join(folder, file))
  // The owner's list of words, if there is one.
  if (existsSync(wordsFile)) copyFileSync(wordsFile, join(folder, wordsFile))
  for (const file of readdirSync(folder).filter((file) => /^metafile-.*\.json$/.test(file))) {
    mkdirSync(join('dist/metafiles', name), { recursive: true })
    renameSync(
      join(folder, file),
      join('dist/metafiles', name, file.replace('metafile-cjs', 'index').replace('metafile-', '')),
    )
  }
  if (kind === 'Event') return
  writeFileSync(join(folder, 'scf_bootstrap'), bootstrap)
  chmodSync(join(folder, 'scf_bootstrap'), 0o755)
}

rmSync('dist/metafiles', { recursive: true, force: true })
functions.forEach(completeFolder)
