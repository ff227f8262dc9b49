import { join } from 'node:path'
import type { Language } from '../language.ts'
import { readText } from '../variables/read-text.ts'
import { builtFilesTable } from './built-files.ts'
import { withVariables } from './cloudbaserc.ts'
import { configurationTable } from './configuration-table.ts'
import { envExample } from './env-example.ts'
import { replaceSection } from './marked-section.ts'
import { clientFiles, clientModule, createClientModule } from './miniprogram-module.ts'
import { findPromiseTests, promiseTables } from './promises.ts'
import { providersTable } from './providers-table.ts'

/** The files that `npm run docs` writes, by path below `root`: each as it should be now.
 *  @throws DeploymentError if `cloudbaserc.json` or the model map is broken
 *  @throws TypeError if a page lost the markers of its generated part */
export const generateFiles = (root: string): Readonly<Record<string, string>> => {
  const read = (name: string): string => readText(join(root, name))
  const tests = findPromiseTests(root)
  const configuration = (page: string, language: Language): string =>
    replaceSection(read(page), 'configuration', configurationTable(language))
  const reliability = (page: string, language: Language): string =>
    replaceSection(read(page), 'promises', promiseTables(language, tests))
  const providers = (page: string, language: Language): string =>
    replaceSection(read(page), 'providers', providersTable(language))
  const builtFiles = builtFilesTable(root)
  const architecture = read('docs/architecture.md')
  return {
    'docs/configuration.md': configuration('docs/configuration.md', 'en'),
    'docs/configuration.zh-CN.md': configuration('docs/configuration.zh-CN.md', 'zh'),
    'docs/reliability.md': reliability('docs/reliability.md', 'en'),
    'docs/reliability.zh-CN.md': reliability('docs/reliability.zh-CN.md', 'zh'),
    'docs/providers.md': providers('docs/providers.md', 'en'),
    'docs/providers.zh-CN.md': providers('docs/providers.zh-CN.md', 'zh'),
    'docs/architecture.md': builtFiles ? replaceSection(architecture, 'built-files', builtFiles) : architecture,
    '.env.example': envExample('en'),
    '.env.zh-CN.example': envExample('zh'),
    'cloudbaserc.json': withVariables(read('cloudbaserc.json')),
    [clientModule]: createClientModule(clientFiles.map(read)),
  }
}
