import type { InEachLanguage } from '../language.ts'

const en = {
  deployHelp: `npm run deploy -- [options]

  --yes                skip all questions (for CI)
  --dry-run            show the plan and change nothing
  --no-build           deploy dist/ as it is
  --replace-routes     take over paths whose routes lead to other functions
  --replace-functions  overwrite functions with our names that are not the gateway's
  --web                also upload the chat page for your app's users to the static hosting
  --web-path FOLDER    its folder there (default llm-chat)
  --patience N         seconds to wait for a busy function, for the routes and for the first correct reply, each (default 300)`,
  doctorHelp: `npm run doctor -- [options]

  --probe      also test the platform in your environment. This deploys a function llm-probe and
               removes it at the end
  --seconds N  the longest silence and the longest stream that --probe tries (default 130, at most 280)
  --mini-program N
               --probe also waits N seconds for a call from a mini program, and prints a line to paste
               into the WeChat developer tools (at most 600)
  --live       also call each model once (costs a few tokens)
  --json       print the report as JSON`,
  undeployHelp: `npm run undeploy -- [options]

  --yes      skip all questions
  --dry-run  show the plan and remove nothing`,
  smokeHelp: `npm run smoke -- URL [options]

  URL            base URL of a gateway, such as https://env-1250000000.ap-shanghai.app.tcloudbase.com
  --model NAME   model to call (default: the first of the list)

Uses the access token in GATEWAY_TOKEN, or else GATEWAY_ADMIN_KEY. Costs a few tokens.`,
  noPatience: '--patience takes a number of seconds.',
  noWebPath: '--web-path takes a folder of letters, digits, dots and hyphens, such as llm-chat.',
  noSeconds: (most: number) => `--seconds takes a number up to ${most}.`,
  noMiniProgramSeconds: (most: number) => `--mini-program takes a number of seconds up to ${most}.`,
  noSmokeUrl: 'The URL of the gateway is missing.',
  badSmokeUrl: (url: string) =>
    `'${url}' is not the URL of a gateway. It must begin with https://, or with http:// for a local one.`,
  credentialPlaces: {
    CLOUDBASE_ENV_ID: 'console: Environments, such as shop-1a2b3c',
    TENCENTCLOUD_SECRETID: 'console: Access Management > API Keys',
    TENCENTCLOUD_SECRETKEY: 'console: Access Management > API Keys',
  },
  notSet: (name: string, place: string) => `${name} is not set. Put it into .env (${place}).`,
  interrupted: 'Interrupted: nothing has been changed.',
  preflight: 'Preflight',
  preflightFailed: (problems: number) =>
    `The preflight found ${problems === 1 ? 'a problem' : `${problems} problems`}, marked ✗. .env.example describes the variables of .env, ` +
    'docs/deploy.md the places to find them.',
  build: 'Build',
  environmentExists: (envId: string, region: string) =>
    `✓ environment ${envId} in ${region} exists, and the key pair can use it`,
  plan: 'Plan',
  nothingToDo: 'nothing to do',
  leftOut: (name: string, setting: string) => `  function ${name}: left out; ${setting} adds it`,
  dryRun: 'This was a dry run: nothing has been changed.',
  deployQuestion: 'Deploy this?',
  notDeployed: 'Nothing has been changed. Use --yes to deploy without this question.',
  deployed: (url: string) => `Deployed. The OpenAI base URL is ${url}/v1. Talk to it:`,
  chatPage: (url: string) => `The chat page for your users: ${url}`,
  question: 'Hello',
  curl: "Or in bash, with a user's access token:",
  stepInterrupted: (names: string) => `Interrupted in: ${names}.`,
  stepFailed: (name: string, reason: string) => `Failed: ${name}. ${reason}`,
  done: (names: string) => `Done:     ${names}`,
  notDone: (names: string) => `Not done: ${names}`,
  continue: (advice: string) =>
    `To go on: ${advice === '' ? '' : `${advice} Then `}run the same command again; completed steps are not repeated.`,
  none: 'nothing',
  notHere: 'The gateway is not deployed here.',
  whatStays:
    'Usage records, tables, the static hosting, the safe domains and the HTTP access service stay: your app may use them.',
  removeQuestion: 'Remove this?',
  notRemoved: 'Nothing has been removed.',
  summary: (ok: number, warnings: number, problems: number, unknown: number) =>
    `${ok} ok, ${warnings} warnings, ${problems} problems, ${unknown} unknown`,
}

const zh: typeof en = {
  deployHelp: `npm run deploy -- [选项]

  --yes                不询问（用于 CI）
  --dry-run            只展示计划，不做改动
  --no-build           直接部署现有的 dist/
  --replace-routes     接管已指向其他函数的路径
  --replace-functions  覆盖同名但不属于网关的函数
  --web                同时把面向用户的对话页上传到静态网站托管
  --web-path 目录       对话页所在的目录（默认 llm-chat）
  --patience N         等待函数空闲、路由生效、首次正确响应的秒数，各自计时（默认 300）`,
  doctorHelp: `npm run doctor -- [选项]

  --probe      同时在你的环境中探测平台：部署函数 llm-probe，结束后删除
  --seconds N  --probe 尝试的最长静默和最长流（默认 130，最大 280）
  --mini-program N
               --probe 另等待 N 秒接收小程序的调用，并打印一行代码，粘贴到微信开发者工具即可（最大 600）
  --live       同时对每个模型各调用一次（消耗少量 token）
  --json       以 JSON 输出报告`,
  undeployHelp: `npm run undeploy -- [选项]

  --yes      不询问
  --dry-run  只展示计划，不移除`,
  smokeHelp: `npm run smoke -- URL [选项]

  URL            网关的基础地址，例如 https://env-1250000000.ap-shanghai.app.tcloudbase.com
  --model 名称   要调用的模型（默认：模型列表中的第一个）

使用 GATEWAY_TOKEN 中的访问令牌，其次 GATEWAY_ADMIN_KEY。消耗少量 token。`,
  noPatience: '--patience 须为秒数。',
  noWebPath: '--web-path 须为由字母、数字、点和连字符组成的目录，例如 llm-chat。',
  noSeconds: (most) => `--seconds 须为不大于 ${most} 的数字。`,
  noMiniProgramSeconds: (most) => `--mini-program 须为不大于 ${most} 的秒数。`,
  noSmokeUrl: '缺少网关的地址。',
  badSmokeUrl: (url) => `“${url}”不是网关的地址，须以 https:// 开头，本地网关可用 http://。`,
  credentialPlaces: {
    CLOUDBASE_ENV_ID: '控制台：环境 ID，例如 shop-1a2b3c',
    TENCENTCLOUD_SECRETID: '控制台：访问管理 > API 密钥管理',
    TENCENTCLOUD_SECRETKEY: '控制台：访问管理 > API 密钥管理',
  },
  notSet: (name, place) => `未设置 ${name}，请写入 .env（${place}）。`,
  interrupted: '已中断，没有做任何改动。',
  preflight: '预检',
  preflightFailed: (problems) =>
    `预检发现 ${problems} 个问题，已用 ✗ 标出。.env.zh-CN.example 说明 .env 中的变量，docs/deploy.zh-CN.md 说明它们的出处。`,
  build: '构建',
  environmentExists: (envId, region) => `✓ 环境 ${envId}（${region}）存在，密钥对可以使用它`,
  plan: '计划',
  nothingToDo: '无需改动',
  leftOut: (name, setting) => `  function ${name}：不部署；设置 ${setting} 即可启用`,
  dryRun: '本次只展示计划，没有做任何改动。',
  deployQuestion: '按此部署？',
  notDeployed: '没有做任何改动。加上 --yes 可不经询问直接部署。',
  deployed: (url) => `部署完成。OpenAI 基础地址为 ${url}/v1。试一试：`,
  chatPage: (url) => `面向用户的对话页：${url}`,
  question: '你好',
  curl: '或在 bash 中使用用户的访问令牌：',
  stepInterrupted: (names) => `中断于：${names}。`,
  stepFailed: (name, reason) => `失败：${name}。${reason}`,
  done: (names) => `已完成：${names}`,
  notDone: (names) => `未完成：${names}`,
  continue: (advice) => `继续：${advice}${advice === '' ? '' : '然后'}再次运行同一条命令，已完成的步骤不会重复。`,
  none: '无',
  notHere: '这里没有部署网关。',
  whatStays: '用量记录、数据表、静态网站托管、安全域名和 HTTP 访问服务会保留，你的应用可能在使用。',
  removeQuestion: '确定移除？',
  notRemoved: '没有移除任何内容。',
  summary: (ok, warnings, problems, unknown) =>
    `${ok} 项正常，${warnings} 项警告，${problems} 个问题，${unknown} 项未知`,
}

/** The main messages of `npm run deploy`, `doctor`, `smoke` and `undeploy`. Names and details of steps and findings are English. */
export const cloudMessages: InEachLanguage<typeof en> = { en, zh }
