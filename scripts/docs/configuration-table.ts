import { alertVariables } from '../../shared/gateway/config/variables/alert-variables.ts'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { keysVariables } from '../../shared/gateway/config/variables/keys-variables.ts'
import { moderationVariables } from '../../shared/gateway/config/variables/moderation-variables.ts'
import { serverVariables } from '../../shared/gateway/config/variables/server-variables.ts'
import type { InEachLanguage, Language } from '../language.ts'
import { gatewayDocs } from './deployed-variables.ts'
import { chineseTexts } from './variables.zh.ts'

const headings: InEachLanguage<string> = {
  en: '| Variable | Default | Meaning |\n| --- | --- | --- |',
  zh: '| 变量 | 默认值 | 说明 |\n| --- | --- | --- |',
}

/** The Markdown table of all environment variables: defaults from the code that reads them, English texts from its docblocks. */
export const configurationTable = (language: Language): string => {
  const toMeaning = { en: getEnglish(), zh: new Map(Object.entries(chineseTexts)) }[language]
  const rows = [...toMeaning].map(([name, meaning]) => `| \`${name}\` | ${format(getDefault(name))} | ${meaning} |`)
  return [headings[language], ...rows].join('\n')
}

const getEnglish = (): Map<string, string> => new Map(gatewayDocs().map(({ name, english }) => [name, english]))

const apart: Readonly<Record<string, { readonly fallback: unknown }>> = {
  ...serverVariables,
  ...moderationVariables,
  ...keysVariables,
  ...alertVariables,
}
const { values }: { values: Readonly<Record<string, unknown>> } = readEnvironment({})

const getDefault = (name: string): unknown => (name in apart ? apart[name]?.fallback : values[name])

const format = (value: unknown): string =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? '' : `\`${String(value)}\``
