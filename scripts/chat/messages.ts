import type { InEachLanguage } from '../language.ts'

const en = {
  help: `npm run chat -- [options] [TEXT]

Sends TEXT to a gateway and prints the reply as it streams, with its tokens and points. Without TEXT it asks for one
message after another; an empty line ends it.

  --url URL      base URL of the gateway (default: the local gateway)
  --model NAME   model to call (default: the first of the list)
  --system TEXT  system prompt
  --token TOKEN  a user's access token (default: GATEWAY_TOKEN, or else GATEWAY_ADMIN_KEY)

Variables come from the shell or from .env.`,
  noUrl: (url: string) => `'${url}' is no URL. It must begin with http:// or https://.`,
  nothingListens: (url: string) =>
    `Nothing listens on ${url}. Start the gateway in another terminal with npm run dev, or name another one with --url.`,
  unreachable: (url: string, reason: string) =>
    `The gateway at ${url} cannot be reached (${reason}). Check the URL, the network and the proxy.`,
  noModels: (url: string) => `The gateway at ${url} offers no model. Its log says why. --model names one.`,
  noGateway: (url: string) => `${url} does not reply like a gateway. Check the URL.`,
  whoCalls:
    "Set GATEWAY_TOKEN (a user's access token) or GATEWAY_ADMIN_KEY in .env, or pass an access token with --token.",
  cutOff: (reason: string) => `The reply was cut off (${reason}).`,
  thinking: 'Thinking:',
  prompt: '> ',
  interactive: (model: string, url: string) => `${model} at ${url}. An empty line ends.`,
  tokens: (prompt: number, completion: number) => `${prompt} + ${completion} tokens`,
  reasoning: (tokens: number) => `(${tokens} of them thinking)`,
  points: (points: number) => `${points} ${points === 1 ? 'point' : 'points'}`,
  noUsage: 'the gateway stated no tokens',
}

const zh: typeof en = {
  help: `npm run chat -- [选项] [文字]

把文字发给网关，流式打印回答，最后打印 token 数和积分。不写文字时逐条输入，输入空行结束。

  --url URL      网关的基础地址（默认：本地网关）
  --model 名称   要调用的模型（默认：模型列表中的第一个）
  --system 文字  系统提示词
  --token 令牌   用户的访问令牌（默认：GATEWAY_TOKEN，其次 GATEWAY_ADMIN_KEY）

变量取自命令行环境或 .env。`,
  noUrl: (url) => `“${url}”不是有效的地址，须以 http:// 或 https:// 开头。`,
  nothingListens: (url) =>
    `${url} 上没有程序在监听。请另开一个终端运行 npm run dev 启动网关，或用 --url 指定其他网关。`,
  unreachable: (url, reason) => `无法访问网关 ${url}（${reason}）。请检查地址、网络和代理。`,
  noModels: (url) => `网关 ${url} 没有可用的模型，原因见网关日志。可用 --model 指定模型。`,
  noGateway: (url) => `${url} 的响应不像是网关。请检查地址。`,
  whoCalls: '请在 .env 中设置 GATEWAY_TOKEN（用户的访问令牌）或 GATEWAY_ADMIN_KEY，或用 --token 传入访问令牌。',
  cutOff: (reason) => `回答中断（${reason}）。`,
  thinking: '思考：',
  prompt: '> ',
  interactive: (model, url) => `${model}（${url}），输入空行结束。`,
  tokens: (prompt, completion) => `${prompt} + ${completion} 个 token`,
  reasoning: (tokens) => `（其中思考 ${tokens}）`,
  points: (points) => `${points} 积分`,
  noUsage: '网关没有给出 token 数',
}

/** The messages of `npm run chat`. */
export const chatMessages: InEachLanguage<typeof en> = { en, zh }

/** The messages of `npm run chat` in one language. */
export type ChatMessages = typeof en
