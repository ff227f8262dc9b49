import type { InEachLanguage, Language } from '../language.ts'
import { variableTables } from '../variables/variable-tables.ts'
import { gatewayDocs } from './deployed-variables.ts'
import { chineseTexts } from './variables.zh.ts'

const headings: InEachLanguage<string> = {
  en: '| Variable | Default | Meaning |\n| --- | --- | --- |',
  zh: '| 变量 | 默认值 | 说明 |\n| --- | --- | --- |',
}

/** The Markdown table of all environment variables: defaults from the code that reads them, English texts from its docblocks. */
export const configurationTable = (language: Language): string => {
  const toMeaning = { en: getEnglish(), zh: new Map(Object.entries(chineseTexts)) }[language]
  const rows = [...toMeaning].map(
    ([name, meaning]) => `| \`${name}\` | ${format(variables[name]?.fallback)} | ${meaning} |`,
  )
  return [headings[language], ...rows].join('\n')
}

const getEnglish = (): Map<string, string> => new Map(gatewayDocs().map(({ name, english }) => [name, english]))

const variables: Readonly<Record<string, { readonly fallback: unknown }>> = Object.assign(
  {},
  ...Object.values(variableTables),
)

const format = (value: unknown): string =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? '' : `\`${String(value)}\``
