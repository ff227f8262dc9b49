import type { InEachLanguage, Language } from '../language.ts'
import { exampleVariables } from './deployed-variables.ts'

const headers: InEachLanguage<string> = {
  en: `# Copy to .env: all commands of npm run read it, and tcb fn deploy. Plain text only, no JSON (put JSON into model_map.json).
# A variable without a value has its default (docs/configuration.md). Written by npm run docs.
`,
  zh: `# 复制为 .env：npm run 的各个命令和 tcb fn deploy 都会读取。只能写纯文本，不能写 JSON（JSON 请写入 model_map.json）。
# 留空的变量使用默认值（见 docs/configuration.zh-CN.md）。本文件由 npm run docs 生成。
`,
}

/** The text of `.env.example`: every variable that can be deployed or that a command reads, each below its meaning. */
export const envExample = (language: Language): string =>
  [headers[language], ...exampleVariables().map(({ name, text }) => `# ${text[language]}\n${name}=\n`)].join('\n')
