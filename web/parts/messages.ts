import { formatNumber } from '../design/format-number.ts'
import type { PageLanguage } from '../design/language.ts'
import { sharedMessages } from '../design/messages.ts'
import type { DurationUnit, FailureMessages } from './gateway/describe-failure.ts'

const enUnits = { second: 's', minute: 'minutes', hour: 'hours', day: 'days' } as const

const zhUnits = { second: '秒', minute: '分钟', hour: '小时', day: '天' } as const

const en = {
  ...sharedMessages.en,
  model: 'Model',
  noModels: 'No model',
  newChat: 'New chat',
  conversation: 'Conversation',
  you: 'You',
  inputLabel: 'Message',
  inputHint: 'Message',
  keys: 'Enter sends · Shift+Enter new line · Esc stops',
  send: 'Send',
  stop: 'Stop',
  waiting: 'Waiting for the first word …',
  thinkingNow: 'Thinking …',
  thoughts: 'Thoughts',
  generated: 'AI-generated',
  stopped: 'Stopped',
  shortened: 'Ends at the token limit',
  filtered: 'Ended by the content filter',
  tokens: (prompt: number, completion: number, estimated: boolean) =>
    `${estimated ? '≈ ' : ''}${formatNumber(prompt)} + ${formatNumber(completion)} tokens`,
  reasoning: (tokens: number) => `${formatNumber(tokens)} of them thinking`,
  seconds: (seconds: string) => `${seconds} s`,
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Select and copy',
  code: 'Code',
  details: 'Details',
  failures: {
    cut_off: 'The reply broke off. Try again.',
    model_not_found: 'This model does not exist or is switched off. Choose another one.',
    context_length_exceeded: 'The conversation is too long for this model. Start a new chat.',
    content_policy_violation: 'The content check refused this message. Change it and try again.',
    quota_exceeded: 'Your quota is used up. Ask the operator for more, or choose another model.',
    upstream_timeout: 'The provider was too slow. Try again, or choose another model.',
    upstream_unavailable: 'All providers of this model rest after failures. Try again later, or choose another model.',
    auth_unavailable: 'The login service cannot be reached. Try again later.',
  },
  statuses: {
    403: 'You may not use this model. Choose another one, or ask the operator.',
    413: 'The message is too long. Shorten it, or start a new chat.',
    429: 'Too many requests. Wait a moment, then try again.',
  },
  clientError: 'The request was refused. The details say why.',
  serverError: 'The provider or the gateway failed. Try again, or choose another model.',
  waitTime: (time: string) => `Too many requests. Try again in ${time}.`,
  waitQuota: (time: string) => `Your quota is used up. It resets in ${time}.`,
  duration: (amount: number, unit: DurationUnit) => `${amount} ${enUnits[unit]}`,
}

const zh: typeof en = {
  ...sharedMessages.zh,
  model: '模型',
  noModels: '没有模型',
  newChat: '新对话',
  conversation: '对话',
  you: '你',
  inputLabel: '消息',
  inputHint: '输入消息',
  keys: 'Enter 发送 · Shift+Enter 换行 · Esc 停止',
  send: '发送',
  stop: '停止',
  waiting: '等待第一个字…',
  thinkingNow: '思考中…',
  thoughts: '思考过程',
  generated: '内容由 AI 生成',
  stopped: '已停止',
  shortened: '已达 token 上限',
  filtered: '被内容过滤终止',
  tokens: (prompt, completion, estimated) =>
    `${estimated ? '约 ' : ''}${formatNumber(prompt)} + ${formatNumber(completion)} token`,
  reasoning: (tokens) => `其中思考 ${formatNumber(tokens)}`,
  seconds: (seconds) => `${seconds} 秒`,
  copy: '复制',
  copied: '已复制',
  copyFailed: '请手动复制',
  code: '代码',
  details: '详情',
  failures: {
    cut_off: '回答中断了，请重试。',
    model_not_found: '该模型不存在或已停用，请换一个模型。',
    context_length_exceeded: '对话超出该模型的长度上限，请开始新对话。',
    content_policy_violation: '内容未通过审核，请修改后再试。',
    quota_exceeded: '额度已用完。请联系管理员，或换一个模型。',
    upstream_timeout: '供应商响应太慢。请重试，或换一个模型。',
    upstream_unavailable: '该模型的所有供应商因故障暂停使用。请稍后重试，或换一个模型。',
    auth_unavailable: '无法访问登录服务，请稍后重试。',
  },
  statuses: {
    403: '你没有使用该模型的权限。请换一个模型，或联系管理员。',
    413: '消息太长。请缩短内容，或开始新对话。',
    429: '请求过于频繁，请稍等再试。',
  },
  clientError: '请求被拒绝，原因见详情。',
  serverError: '供应商或网关出错。请重试，或换一个模型。',
  waitTime: (time) => `请求过于频繁，请在 ${time}后重试。`,
  waitQuota: (time) => `额度已用完，${time}后恢复。`,
  duration: (amount, unit) => `${amount} ${zhUnits[unit]}`,
}

/** The texts of a chat, in one language. */
export type ChatMessages = Omit<typeof en, keyof FailureMessages> & FailureMessages

/** The texts of a chat, which the playground and the chat page share. */
export const chatMessages: Readonly<Record<PageLanguage, typeof en>> = { en, zh }
