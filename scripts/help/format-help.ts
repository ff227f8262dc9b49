import type { InEachLanguage, Language } from '../language.ts'
import { commandGroups } from './commands.ts'

const lastLines: InEachLanguage<string> = {
  en: 'Options of a tool: npm run deploy -- --help. Variables may be in .env.',
  zh: '查看工具的选项：npm run deploy -- --help。变量可写在 .env 中。',
}

/** The list of all commands, group by group. */
export const formatHelp = (language: Language): string => {
  const names = commandGroups.flatMap(({ commands }) => Object.keys(commands))
  const width = Math.max(...names.map((name) => name.length))
  const sections = commandGroups.map(({ title, commands }) => {
    const lines = Object.entries(commands).map(([name, text]) => `  npm run ${name.padEnd(width)}  ${text[language]}`)
    return [title[language], ...lines].join('\n')
  })
  return [...sections, lastLines[language]].join('\n\n')
}
