import type { InEachLanguage } from '../language.ts'

const en = {
  help: (port: number) => `npm run console [-- --port ${port}]

Serves a page for the gateway of this folder, on this machine only: models, usage, wallets and health. It works with the
variables of .env and the files of this folder. If npm run dev runs here, it shows that gateway.

  --port PORT  the port on loopback; 0 takes a free one. Default ${port}`,
  listens: (url: string) => `The console is at ${url} (Ctrl-C ends it)`,
  url: 'Open this URL as it is: its end is the key of this start. Whoever has it can do all that the console can.',
  noPort: (text: string) => `--port takes a number up to 65535, not '${text}'.`,
  portInUse: (port: number) => `Port ${port} is in use. Stop the other program, or add -- --port ${port + 1}.`,
  notBuilt: 'The page of the console is not built. Run npm run build first.',
}

const zh: typeof en = {
  help: (port) => `npm run console [-- --port ${port}]

在本机打开当前文件夹中网关的控制台：模型、用量、钱包和健康状态。控制台使用 .env 中的变量和本文件夹中的文件；
如果这里正运行 npm run dev，显示的就是那个网关。

  --port 端口  本机端口，0 表示任选一个空闲端口，默认 ${port}`,
  listens: (url) => `控制台地址：${url}（Ctrl-C 结束）`,
  url: '请原样打开这个地址：末尾是本次启动的密钥，拿到它就能使用控制台的全部功能。',
  noPort: (text) => `--port 应为不大于 65535 的数字，而不是“${text}”。`,
  portInUse: (port) => `端口 ${port} 已被占用。请结束占用它的程序，或加上 -- --port ${port + 1}。`,
  notBuilt: '控制台页面尚未构建，请先运行 npm run build。',
}

/** The messages of `npm run console` on the terminal. */
export const consoleMessages: InEachLanguage<typeof en> = { en, zh }
