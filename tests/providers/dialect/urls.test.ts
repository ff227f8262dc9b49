import { expect, test } from '@jest/globals'
import { getDialect } from '../../../shared/providers/dialect/dialects.ts'
import { targetAt } from '../../support/call-provider.ts'

test.each([
  [
    'https://r.openai.azure.com',
    'https://r.openai.azure.com/openai/deployments/my%2Fgpt/chat/completions?api-version=2024-10-21',
  ],
  [
    'https://r.openai.azure.com/openai',
    'https://r.openai.azure.com/openai/deployments/my%2Fgpt/chat/completions?api-version=2024-10-21',
  ],
  [
    'https://r.openai.azure.com?api-version=2025-01-01',
    'https://r.openai.azure.com/openai/deployments/my%2Fgpt/chat/completions?api-version=2025-01-01',
  ],
  [
    'https://r.openai.azure.com/openai/deployments/d?api-version=1',
    'https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1',
  ],
  ['https://r.openai.azure.com/openai/v1', 'https://r.openai.azure.com/openai/v1/chat/completions'],
  [
    'https://r.openai.azure.com/openai/v1?api-version=preview',
    'https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview',
  ],
])('calls Azure at %s under %s', (apiBase, url) => {
  const target = { ...targetAt(''), provider: 'azure', apiBase, upstreamModel: 'my/gpt' }
  expect(getDialect(target).url(target, '/chat/completions').href).toBe(url)
})

test('keeps the path and query of any other base', () => {
  const target = { ...targetAt(''), apiBase: 'https://a.example.com/v3/?tenant=1' }
  expect(getDialect(target).url(target, '/chat/completions').href).toBe(
    'https://a.example.com/v3/chat/completions?tenant=1',
  )
})
