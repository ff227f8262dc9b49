import { describe, expect, test } from '@jest/globals'
import { parseCall, thinkingFields } from '../../../shared/protocol/call.ts'
import { findPreset, type PresetName } from '../../../shared/protocol/provider-presets.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { buildRequestBody } from '../../../shared/providers/dialect/request-body.ts'
import { translateThinking } from '../../../shared/providers/dialect/thinking.ts'
import { thinkingStyles } from '../../../shared/providers/dialect/thinking-styles.ts'
import { targetAt } from '../../support/call-provider.ts'

const start = '{"model":"m","messages":[{"role":"user","content":"hi"}]'

/** Returns the bytes after the messages that a provider receives. */
const send = (provider: string, rest: string, route: Partial<Target> = {}): string => {
  const { apiBase = 'https://models.example.com/v1' } = findPreset(provider) ?? {}
  const target = { ...targetAt(''), provider, apiBase, ...route }
  const call = parseCall('chat/completions', Buffer.from(`${start}${rest}}`))
  const sent = buildRequestBody(target, translateThinking(target, call), false).toString()
  return sent.slice(start.length, -1)
}

/** What clients say, in OpenAI's words and in those of vendors. */
const wishes = {
  none: ',"reasoning_effort":"none"',
  minimal: ',"reasoning_effort":"minimal"',
  low: ',"reasoning_effort":"low"',
  medium: ',"reasoning_effort":"medium"',
  high: ',"reasoning_effort":"high"',
  xhigh: ',"reasoning_effort":"xhigh"',
  enabled: ',"thinking":{"type":"enabled"}',
  disabled: ',"thinking":{"type":"disabled"}',
  budget: ',"thinking":{"type":"enabled","budget_tokens":8000}',
  adaptive: ',"thinking":{"type":"adaptive"}',
  switch: ',"enable_thinking":true',
  'no switch': ',"enable_thinking":false',
  tokens: ',"enable_thinking":true,"thinking_budget":600',
  template: ',"chat_template_kwargs":{"enable_thinking":false}',
  router: ',"reasoning":{"effort":"low"}',
} as const

type WishName = keyof typeof wishes

const deepseekOn = ',"thinking":{"type":"enabled"}'
const deepseekOff = ',"thinking":{"type":"disabled"}'
const strong = (word: string): string => `${deepseekOn},"reasoning_effort":"${word}"`

const openAI: Record<WishName, string> = {
  none: wishes.none,
  minimal: wishes.minimal,
  low: wishes.low,
  medium: wishes.medium,
  high: wishes.high,
  xhigh: wishes.xhigh,
  enabled: wishes.medium,
  disabled: wishes.none,
  budget: wishes.medium,
  adaptive: wishes.medium,
  switch: wishes.medium,
  'no switch': wishes.none,
  tokens: wishes.low,
  template: wishes.none,
  router: wishes.low,
}

const typeOnly: Record<WishName, string> = {
  none: deepseekOff,
  minimal: deepseekOn,
  low: deepseekOn,
  medium: deepseekOn,
  high: deepseekOn,
  xhigh: deepseekOn,
  enabled: deepseekOn,
  disabled: deepseekOff,
  budget: deepseekOn,
  adaptive: deepseekOn,
  switch: deepseekOn,
  'no switch': deepseekOff,
  tokens: deepseekOn,
  template: deepseekOff,
  router: deepseekOn,
}

const deepseek: Record<WishName, string> = {
  ...typeOnly,
  minimal: strong('low'),
  low: wishes.low,
  medium: strong('high'),
  high: wishes.high,
  xhigh: strong('high'),
  budget: strong('high'),
  tokens: strong('low'),
  router: strong('low'),
}

const qwenOn = ',"enable_thinking":true'
const bounded = (tokens: number): string => `${qwenOn},"thinking_budget":${tokens}`

const qwen: Record<WishName, string> = {
  none: ',"enable_thinking":false',
  minimal: bounded(512),
  low: bounded(1024),
  medium: bounded(8192),
  high: qwenOn,
  xhigh: qwenOn,
  enabled: qwenOn,
  disabled: ',"enable_thinking":false',
  budget: bounded(8000),
  adaptive: qwenOn,
  switch: qwenOn,
  'no switch': ',"enable_thinking":false',
  tokens: bounded(600),
  template: ',"enable_thinking":false',
  router: bounded(1024),
}

const kimiOn = (effort: string): string => `,"thinking":{"type":"enabled","effort":"${effort}"}`

const kimi: Record<WishName, string> = {
  ...typeOnly,
  minimal: kimiOn('low'),
  low: kimiOn('low'),
  medium: kimiOn('medium'),
  high: kimiOn('high'),
  xhigh: kimiOn('high'),
  budget: kimiOn('medium'),
  tokens: kimiOn('low'),
  router: kimiOn('low'),
}

const claudeOn = ',"thinking":{"type":"adaptive"}'
const claude = (effort: string): string => `${claudeOn},"output_config":{"effort":"${effort}"}`

const templateOn = ',"chat_template_kwargs":{"enable_thinking":true}'
const templateOff = ',"chat_template_kwargs":{"enable_thinking":false}'

/** What each provider with words of its own receives. */
const received: Record<string, Record<WishName, string>> = {
  openai: openAI,
  azure: openAI,
  gemini: { ...openAI, xhigh: wishes.high },
  ollama: { ...openAI, minimal: wishes.low, xhigh: wishes.high },
  deepseek,
  xiaomi_mimo: typeOnly,
  zhipu: typeOnly,
  zai: typeOnly,
  qwen,
  dashscope: qwen,
  siliconflow: qwen,
  modelscope: qwen,
  kimi,
  moonshot: kimi,
  volcengine: {
    ...deepseek,
    minimal: wishes.minimal,
    medium: wishes.medium,
    budget: strong('medium'),
    adaptive: ',"thinking":{"type":"auto"}',
  },
  anthropic: {
    none: deepseekOff,
    minimal: claude('low'),
    low: claude('low'),
    medium: claude('medium'),
    high: claude('high'),
    xhigh: claude('high'),
    enabled: wishes.enabled,
    disabled: wishes.disabled,
    budget: wishes.budget,
    adaptive: wishes.adaptive,
    switch: claudeOn,
    'no switch': deepseekOff,
    tokens: claude('low'),
    template: deepseekOff,
    router: claude('low'),
  },
  openrouter: {
    none: wishes.none,
    minimal: wishes.minimal,
    low: wishes.low,
    medium: wishes.medium,
    high: wishes.high,
    xhigh: wishes.xhigh,
    enabled: ',"reasoning":{"enabled":true}',
    disabled: ',"reasoning":{"enabled":false}',
    budget: ',"reasoning":{"enabled":true,"max_tokens":8000}',
    adaptive: ',"reasoning":{"enabled":true}',
    switch: ',"reasoning":{"enabled":true}',
    'no switch': ',"reasoning":{"enabled":false}',
    tokens: ',"reasoning":{"enabled":true,"max_tokens":600}',
    template: ',"reasoning":{"enabled":false}',
    router: wishes.router,
  },
  hosted_vllm: {
    none: templateOff,
    minimal: `${templateOn},"reasoning_effort":"low"`,
    low: wishes.low,
    medium: wishes.medium,
    high: wishes.high,
    xhigh: `${templateOn},"reasoning_effort":"high"`,
    enabled: templateOn,
    disabled: templateOff,
    budget: `${templateOn},"reasoning_effort":"medium"`,
    adaptive: templateOn,
    switch: templateOn,
    'no switch': templateOff,
    tokens: `${templateOn},"reasoning_effort":"low"`,
    template: wishes.template,
    router: `${templateOn},"reasoning_effort":"low"`,
  },
}
received['llamacpp'] = received['hosted_vllm'] as Record<WishName, string>

const toObject = (fields: string): object => JSON.parse(`{${fields.slice(1)}}`)

describe.each(Object.entries(received))('%s', (provider, expected) => {
  test.each(Object.entries(expected) as [WishName, string][])('receives for the wish %s: %s', (name, fields) => {
    const sent = send(provider, wishes[name])
    expect(toObject(sent)).toEqual(toObject(fields))
    if (fields === wishes[name]) expect(sent).toBe(fields)
  })
})

test('has expectations for each provider with words of its own', () => {
  expect(Object.keys(received).sort()).toEqual(Object.keys(thinkingStyles).sort())
})

test.each(['groq', 'minimaxi', 'hunyuan', 'mine'] as (PresetName | 'mine')[])(
  'sends %s every field unchanged, because its words are not known',
  (provider) => {
    for (const fields of Object.values(wishes)) expect(send(provider, fields)).toBe(fields)
  },
)

test('finds the provider by the host if an entry names it openai', () => {
  expect(send('openai', wishes.none, { apiBase: 'https://api.deepseek.com/v1' })).toBe(deepseekOff)
})

describe('words that contradict each other', () => {
  test.each([
    ['deepseek', ',"thinking":{"type":"disabled"},"reasoning_effort":"high"', deepseekOff],
    ['deepseek', ',"thinking":{"type":"enabled"},"reasoning_effort":"none"', deepseekOff],
    ['qwen', ',"enable_thinking":false,"thinking_budget":100', ',"enable_thinking":false'],
    ['kimi', ',"enable_thinking":true,"thinking":{"type":"disabled"}', deepseekOff],
  ])('turn thinking off, without a strength, at %s: %s', (provider, fields, expected) => {
    expect(send(provider, fields)).toBe(expected)
  })
})

describe('other members', () => {
  test.each([
    [
      'kimi',
      ',"thinking":{"type":"enabled","keep":"all"},"reasoning_effort":"high"',
      ',"thinking":{"keep":"all","type":"enabled","effort":"high"}',
    ],
    [
      'zhipu',
      ',"thinking":{"type":"enabled","clear_thinking":false}',
      ',"thinking":{"type":"enabled","clear_thinking":false}',
    ],
    ['qwen', ',"thinking":{"type":"enabled","clear_thinking":false}', ',"enable_thinking":true'],
    [
      'deepseek',
      ',"chat_template_kwargs":{"enable_thinking":true,"date":1}',
      ',"chat_template_kwargs":{"date":1},"thinking":{"type":"enabled"}',
    ],
    [
      'hosted_vllm',
      ',"chat_template_kwargs":{"date":1},"thinking":{"type":"disabled"}',
      ',"chat_template_kwargs":{"date":1,"enable_thinking":false}',
    ],
    ['openai', ',"output_config":{"format":{"type":"text"}}', ',"output_config":{"format":{"type":"text"}}'],
    ['openrouter', ',"reasoning":{"exclude":true}', ',"reasoning":{"exclude":true}'],
    [
      'openrouter',
      ',"reasoning":{"exclude":true},"enable_thinking":true',
      ',"reasoning":{"exclude":true,"enabled":true}',
    ],
  ])('of %s stay or go with their object: %s', (provider, fields, expected) => {
    expect(toObject(send(provider, fields))).toEqual(toObject(expected))
  })
})

test.each([
  ',"reasoning_effort":"default"',
  ',"thinking":"on"',
  ',"thinking":{"type":"sometimes"}',
  ',"enable_thinking":"yes"',
  ',"thinking_budget":-1',
  ',"reasoning_effort":"toString"',
  ',"reasoning_effort":null',
  ',"thinking":{}',
])('leaves words without a known meaning to the provider: %s', (fields) => {
  for (const provider of Object.keys(thinkingStyles)) expect(send(provider, fields)).toBe(fields)
})

test('tells only the newest models of zhipu a strength', () => {
  const send = (upstreamModel: string) => {
    const route = targetAt('https://open.bigmodel.cn', { provider: 'zhipu', upstreamModel })
    return translateThinking(route, parseCall('chat/completions', Buffer.from(`${start}${wishes.low}}`))).body
  }
  expect(send('glm-4.6')).toMatchObject({ thinking: { type: 'enabled' }, reasoning_effort: undefined })
  expect(send('glm-5.3')).toMatchObject({ reasoning_effort: 'low' })
  expect(send('glm-5.3')).not.toHaveProperty('thinking')
})

describe("the entry's thinking", () => {
  test.each([
    ['off', 'deepseek', wishes.high, deepseekOff],
    ['off', 'deepseek', '', deepseekOff],
    ['off', 'deepseek', deepseekOff, deepseekOff],
    ['off', 'qwen', ',"enable_thinking":"yes"', ',"enable_thinking":false'],
    ['on', 'qwen', ',"enable_thinking":false', ',"enable_thinking":true'],
    ['on', 'qwen', ',"thinking_budget":100', ',"thinking_budget":100'],
    ['on', 'kimi', wishes.high, kimiOn('high')],
    ['on', 'deepseek', '', deepseekOn],
    ['off', 'mine', wishes.high, ',"reasoning_effort":"none"'],
    ['on', 'mine', '', ',"reasoning_effort":"medium"'],
  ] as const)('%s decides at %s over %j', (thinking, provider, fields, expected) => {
    expect(send(provider, fields, { thinking })).toBe(expected)
  })
})

describe("the route's defaults", () => {
  const defaultParams = { thinking: { type: 'disabled' }, chat_template_kwargs: { date: 1 } }

  test('go as they are if the client says nothing', () => {
    expect(toObject(send('deepseek', '', { defaultParams }))).toEqual(defaultParams)
  })

  test('give way to what the client says', () => {
    expect(toObject(send('deepseek', wishes.low, { defaultParams }))).toEqual({
      chat_template_kwargs: { date: 1 },
      ...toObject(strong('low')),
    })
    expect(toObject(send('qwen', wishes.low, { defaultParams }))).toEqual({
      chat_template_kwargs: { date: 1 },
      ...toObject(bounded(1024)),
    })
  })

  test('give way to the entry', () => {
    expect(toObject(send('deepseek', '', { defaultParams, thinking: 'on' }))).toMatchObject({
      thinking: { type: 'enabled' },
    })
  })
})

test('does not read a field that the route drops', () => {
  expect(send('deepseek', wishes.high, { dropParams: ['reasoning_effort'] })).toBe('')
  expect(send('deepseek', wishes.disabled, { dropParams: ['thinking'] })).toBe('')
})

test.each(thinkingFields)('forwards no other spelling of %s, which a provider could read instead', (field) => {
  const spelled = field.replace(/^./, (letter) => letter.toUpperCase())
  expect(send('deepseek', `,"${spelled}":"high"`, { thinking: 'off' })).toBe(deepseekOff)
})
