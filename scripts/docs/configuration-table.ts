import { readEnvironment } from '../../shared/gateway/config/environment.ts'
import { serverVariables } from '../../shared/gateway/config/server-variables.ts'
import { gatewayDocs } from './deployed-variables.ts'

export type Language = 'english' | 'chinese'

const headings: Readonly<Record<Language, string>> = {
  english: '| Variable | Default | Meaning |\n|---|---|---|',
  chinese: '| 变量 | 默认值 | 说明 |\n|---|---|---|',
}

/** The Markdown table of every environment variable, from the docblocks and the defaults of the code that reads them. */
export const configurationTable = (language: Language): string => {
  const rows = gatewayDocs().map((doc) => `| \`${doc.name}\` | ${shown(defaultOf(doc.name))} | ${doc[language]} |`)
  return [headings[language], ...rows].join('\n')
}

const edge: Readonly<Record<string, { readonly fallback: unknown }>> = serverVariables
const { values }: { values: Readonly<Record<string, unknown>> } = readEnvironment({})

const defaultOf = (name: string): unknown => (name in edge ? edge[name]?.fallback : values[name])

const shown = (value: unknown): string =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? '' : `\`${String(value)}\``
