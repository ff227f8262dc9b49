import {
  findPreset,
  findPresetName,
  type PresetName,
  presetNames,
  providerNames,
} from '../../shared/protocol/provider-presets.ts'
import type { InEachLanguage, Language } from '../language.ts'

const headings: InEachLanguage<string> = {
  en: '| Provider | Address | Key | Entry |\n| --- | --- | --- | --- |',
  zh: '| 供应商 | 地址 | 密钥 | 条目 |\n| --- | --- | --- | --- |',
}

const words: InEachLanguage<{
  readonly also: string
  readonly or: string
  readonly none: string
  readonly own: string
}> = {
  en: { also: 'also ', or: ' or ', none: 'none', own: 'your own' },
  zh: { also: '又作 ', or: ' 或 ', none: '不需要', own: '自己的地址' },
}

/** The address in entries of providers that give each customer another one. CloudBase's follows from the environment. */
const ownBase = 'https://example.com/v1'

/** Returns an entry of `model_map.json` for a preset, with only the fields that it needs. */
export const createEntry = (name: PresetName): Readonly<Record<string, string>> => {
  const needsBase = findPreset(name)?.apiBase === undefined && name !== 'cloudbase'
  return { provider: name, ...(needsBase && { api_base: ownBase }) }
}

/** The Markdown table of all presets, each with an entry to paste. */
export const providersTable = (language: Language): string =>
  [headings[language], ...presetNames.map((name) => createRow(name, language))].join('\n')

const createRow = (name: PresetName, language: Language): string => {
  const { also, or, none, own } = words[language]
  const { apiBase, keyVariables = [] } = findPreset(name) ?? {}
  const aliases = providerNames.filter((other) => other !== name && findPresetName(other) === name)
  const names = `\`${name}\`${aliases.length > 0 ? ` (${also}${formatCodes(aliases, ', ')})` : ''}`
  const address = apiBase === undefined ? own : `\`${apiBase}\``
  const key = keyVariables.length > 0 ? formatCodes(keyVariables, or) : none
  return `| ${names} | ${address} | ${key} | \`"MODEL": ${formatEntry(createEntry(name))}\` |`
}

const formatCodes = (texts: readonly string[], separator: string): string =>
  texts.map((text) => `\`${text}\``).join(separator)

const formatEntry = (entry: Readonly<Record<string, string>>): string =>
  `{ ${Object.entries(entry)
    .map(([field, value]) => `"${field}": "${value}"`)
    .join(', ')} }`
