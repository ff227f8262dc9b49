import { describe, expect, test } from '@jest/globals'
import { getAuthEndpoints } from '../../shared/auth/auth-endpoints.ts'

const china = 'https://env-1.api.tcloudbasegateway.com'
const international = 'https://env-1.api.intl.tcloudbasegateway.com'

describe('the auth endpoints of an environment', () => {
  test.each([
    ['ap-shanghai', china],
    ['ap-guangzhou', china],
    ['ap-hongkong', china],
    ['ap-singapore', international],
    ['na-siliconvalley', international],
  ])('use the gateway host of %s, and accept tokens of the regional host too', (region, home) => {
    const { keysUrl, userUrl, issuers } = getAuthEndpoints({ envId: 'env-1', region, origin: undefined })
    const regional = `https://env-1.${region}.tcb-api.tencentcloudapi.com`
    expect(keysUrl.href).toBe(`${home}/auth/v1/certs`)
    expect(userUrl.href).toBe(`${home}/auth/v1/user/me`)
    expect(issuers).toEqual([home, `${home}/auth/v1`, regional, `${regional}/auth/v1`])
  })

  test('use the origin if it is overridden, and accept its tokens too', () => {
    const origin = 'https://login.example.com/some/path'
    const { keysUrl, issuers } = getAuthEndpoints({ envId: 'env-1', region: 'ap-shanghai', origin })
    expect(keysUrl.href).toBe('https://login.example.com/auth/v1/certs')
    expect(issuers).toContain('https://login.example.com')
    expect(issuers).toContain(china)
  })
})
