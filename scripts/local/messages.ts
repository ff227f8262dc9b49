import type { InEachLanguage } from '../language.ts'

const en = {
  listens: (url: string) => `The gateway listens on ${url} (Ctrl-C ends it)`,
  models: (names: readonly string[]) => `Models: ${names.join(', ')}`,
  noModels:
    'Models: none; name some in MODEL_PROVIDER_MAP or MODEL_PROVIDER_MAP_FILE, or fix the problems in the log above',
  variables: (files: readonly string[]) =>
    `Variables: from ${files.join(' and ')}; variables of the shell take precedence`,
  usageRecords: (file: string | undefined) => `Usage records: ${file}`,
  page: (url: string) => `Open ${url}/ in a browser to talk to it`,
  tryIt: 'Or try it in another terminal:',
  curl: 'Or with curl (bash):',
  console: 'See usage and models in a page: npm run console',
  question: 'Count to 12.',
  model: '<model>',
  accessToken: '<access token>',
  portInUse: (port: number, next: number) =>
    `Port ${port} is in use. Stop the other program, or set PORT=${next} in .env or in the shell.`,
  portRefused: (port: number) => `Port ${port} needs more rights than this user has. Set PORT=3000.`,
  unknownHost: (host: string) => `HOST=${host} is not an address of this machine. Set HOST=127.0.0.1.`,
  cannotListen: (host: string, port: number, reason: string) => `Cannot listen on ${host}, port ${port}: ${reason}.`,
  noPort: (text: string, max: number) =>
    `PORT is '${text}', which is not a port. Use a number up to ${max}, as in PORT=3000.`,
  noLogFormat: (text: string, formats: string) => `LOG_FORMAT is '${text}'. Use one of ${formats}.`,
  unknownArgument: (argument: string, known: readonly string[]) =>
    `Unknown argument ${argument}. The arguments are ${known.join(' and ')}.`,
  notBuilt: (name: string) => `The built function ${name} is missing. Run npm run build first.`,
}

const zh: typeof en = {
  listens: (url) => `网关已启动：${url}（按 Ctrl-C 结束）`,
  models: (names) => `模型：${names.join('、')}`,
  noModels: '模型：没有；请用 MODEL_PROVIDER_MAP 或 MODEL_PROVIDER_MAP_FILE 配置，或先解决上方日志中的问题',
  variables: (files) => `环境变量：来自 ${files.join('、')}；命令行中已设置的优先`,
  usageRecords: (file) => `用量记录：${file}`,
  page: (url) => `在浏览器中打开 ${url}/ 即可对话`,
  tryIt: '或另开一个终端试一试：',
  curl: '或使用 curl（bash）：',
  console: '在网页中查看模型和用量：npm run console',
  question: '数到12',
  model: '<模型名>',
  accessToken: '<访问令牌>',
  portInUse: (port, next) => `端口 ${port} 已被占用。请结束占用它的程序，或在 .env 或命令行中设置 PORT=${next}。`,
  portRefused: (port) => `当前用户无权使用端口 ${port}。请设置 PORT=3000。`,
  unknownHost: (host) => `HOST=${host} 不是本机地址。请设置 HOST=127.0.0.1。`,
  cannotListen: (host, port, reason) => `无法监听 ${host} 的端口 ${port}：${reason}。`,
  noPort: (text, max) => `PORT 的值“${text}”不是端口号。请使用不大于 ${max} 的数字，例如 PORT=3000。`,
  noLogFormat: (text, formats) => `LOG_FORMAT 的值“${text}”无效，可用值：${formats}。`,
  unknownArgument: (argument, known) => `未知参数 ${argument}。可用参数：${known.join('、')}。`,
  notBuilt: (name) => `缺少已构建的函数 ${name}。请先运行 npm run build。`,
}

/** The messages of the local gateway: its greeting, and its errors before it runs. */
export const localMessages: InEachLanguage<typeof en> = { en, zh }
