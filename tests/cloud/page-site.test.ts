import { describe, expect, test } from '@jest/globals'
import { requireCors } from '../../scripts/cloud/hosting/page-site.ts'
import { answersCors } from '../../scripts/cloud/routes/gateway-routes.ts'

const domain = 'shop-1.tcloudbaseapp.com'
const page = { domain, url: `https://${domain}/llm-chat/`, gateway: 'https://gateway.example.com' }

describe('the origin of the chat page', () => {
  test.each([
    ['a slash at its end', { CORS_ORIGINS: `https://${domain}/` }],
    ['upper case', { CORS_ORIGINS: `https://${domain.toUpperCase()}` }],
    ['another origin before a comma of a Chinese keyboard', { CORS_ORIGINS: `https://a.example，https://${domain}` }],
    ['every origin beside a list without it', { CORS_ORIGINS: 'https://a.example', CORS_ALLOW_ALL: 'true' }],
    ['a list without items, by which the safe domains count', { CORS_ORIGINS: ' , ' }],
  ])('is allowed by %s, as the functions read it', (_, variables) => {
    expect(() => requireCors(page, variables)).not.toThrow()
  })

  test('is not allowed by a list of others', () => {
    expect(() => requireCors(page, { CORS_ORIGINS: 'https://a.example' })).toThrow(
      `CORS_ORIGINS lacks https://${domain}`,
    )
  })

  test('needs no permission on the domain of the gateway', () => {
    expect(() => requireCors({ ...page, gateway: '/' }, { CORS_ORIGINS: 'https://a.example' })).not.toThrow()
  })
})

test.each([
  [false, {}],
  [false, { CORS_ORIGINS: ' , ' }],
  [true, { CORS_ORIGINS: 'https://a.example' }],
  [true, { CORS_ALLOW_ALL: ' on ' }],
])('the functions handle CORS: %p with %j', (handles, variables) => {
  expect(answersCors(variables)).toBe(handles)
})
