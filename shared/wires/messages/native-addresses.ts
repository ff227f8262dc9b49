import type { NativeAddress } from '../../protocol/chat-wire.ts'
import type { Target } from '../../protocol/route.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'

/** A provider that speaks Anthropic's wire itself. */
interface NativeHost {
  /** The host of its chats. The key of a target goes to the same host only. */
  readonly host: RegExp
  /** Makes the base of the wire of that of the chats. */
  readonly toBase: (chat: URL) => string | undefined
  readonly keyHeaders?: NativeAddress['keyHeaders']
}

const below =
  (path: string): NativeHost['toBase'] =>
  ({ origin }) =>
    origin + path

/** The providers' documentation of "Anthropic API compatibility" or "Claude Code", each at the host of its chats. */
const nativeHosts: readonly NativeHost[] = [
  { host: /^api\.anthropic\.com$/, toBase: below(''), keyHeaders: ['x-api-key'] },
  {
    host: /^(api\.deepseek\.com|api\.moonshot\.(cn|ai)|api\.minimaxi\.com|api\.minimax\.io|qianfan\.baidubce\.com|api\.hunyuan\.cloud\.tencent\.com|api\.modelarts-maas\.com)$/,
    toBase: below('/anthropic'),
  },
  { host: /^(open\.bigmodel\.cn|api\.z\.ai)$/, toBase: below('/api/anthropic') },
  { host: /^dashscope(-intl)?\.aliyuncs\.com$/, toBase: below('/apps/anthropic') },
  { host: /^tokenhub\.tencentcloudmaas\.com$/, toBase: below('') },
  {
    // Only the plan for coding has it.
    host: /^ark\.cn-beijing\.volces\.com$/,
    toBase: ({ origin, pathname }) => (pathname.startsWith('/api/coding') ? `${origin}/api/coding` : undefined),
  },
  {
    // CloudBase documentation, "Anthropic SDK": the key is a bearer token, and the base ends with the name of a group.
    host: /\.tcloudbasegateway\.com$/,
    toBase: ({ origin, pathname }) => {
      const group = /^\/v1\/ai\/[^/]+/.exec(pathname)?.[0]
      return group && origin + group
    },
    keyHeaders: ['authorization'],
  },
]

/** Which header carries the key is not known of every provider, so both do. */
const anyHeader: NativeAddress['keyHeaders'] = ['authorization', 'x-api-key']

/** Finds the address of Anthropic's wire at a target: the one of its entry, else the provider's own. */
export const findMessagesAddress = memoizeWeak((target: Target): NativeAddress | undefined => {
  const { messagesBase, apiBase } = target
  if (messagesBase === 'off') return undefined
  const chat = new URL(apiBase)
  const known = nativeHosts.find(({ host }) => host.test(messagesBase ? new URL(messagesBase).hostname : chat.hostname))
  const base = messagesBase ?? known?.toBase(chat)
  if (base === undefined) return undefined
  return {
    url: `${base.replace(/(\/v1(\/messages)?)?\/*$/, '')}/v1/messages`,
    keyHeaders: known?.keyHeaders ?? anyHeader,
    headers: { 'anthropic-version': '2023-06-01' },
    isConfigured: messagesBase !== undefined,
  }
})
