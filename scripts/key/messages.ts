import type { InEachLanguage } from '../language.ts'

const en = {
  help: `npm run key -- [--write]

Makes a random admin key and prints it as a line for .env.

  --write  writes the line into .env instead. If there is no .env, it becomes a copy of .env.example first.
           A key that is already set stays.`,
  advice: 'Put this line into .env, or run npm run key -- --write.',
  written:
    'GATEWAY_ADMIN_KEY is set in .env. Requests send it as X-Gateway-Key. Restart the gateway, or deploy it again.',
  alreadySet: (file: string) =>
    `GATEWAY_ADMIN_KEY is already set in ${file}, which was not changed. Remove that line to get a new key.`,
}

const zh: typeof en = {
  help: `npm run key -- [--write]

生成一个随机的管理密钥，并打印成可写入 .env 的一行。

  --write  直接写入 .env；没有 .env 时先从 .env.zh-CN.example 复制一份。已设置的密钥保持不变。`,
  advice: '请把这一行写入 .env，或运行 npm run key -- --write。',
  written: '已在 .env 中设置 GATEWAY_ADMIN_KEY，请求通过 X-Gateway-Key 发送它。请重启网关，或重新部署。',
  alreadySet: (file) => `${file} 中已设置 GATEWAY_ADMIN_KEY，没有改动。如需新的密钥，请先删除那一行。`,
}

/** The messages of `npm run key`. */
export const keyMessages: InEachLanguage<typeof en> = { en, zh }
