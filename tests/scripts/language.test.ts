import { describe, expect, test } from '@jest/globals'
import { getLanguage } from '../../scripts/language.ts'

describe("the language of the tools' messages", () => {
  test.each<[Record<string, string>, string]>([
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh-TW' }, 'zh'],
    [{ LANG: 'ZH' }, 'zh'],
    [{ LANG: 'en_US.UTF-8' }, 'en'],
    [{ LANG: 'C' }, 'en'],
    [{ LANG: 'zha_CN' }, 'en'],
    [{ LC_ALL: 'zh_CN.UTF-8', LC_MESSAGES: 'en_US.UTF-8', LANG: 'en_US.UTF-8' }, 'zh'],
    [{ LC_ALL: 'C', LANG: 'zh_CN.UTF-8' }, 'en'],
    [{ LC_ALL: '', LC_MESSAGES: 'zh_CN', LANG: 'en_US' }, 'zh'],
    [{ LC_MESSAGES: 'en_GB', LANG: 'zh_CN' }, 'en'],
  ])('takes the first variable that is set: %j is %s', (environment, language) => {
    expect(getLanguage(environment, language === 'zh' ? 'en-US' : 'zh-CN')).toBe(language)
  })

  test.each([
    ['zh-CN', 'zh'],
    ['zh-Hans-SG', 'zh'],
    ['en-US', 'en'],
    ['de-DE', 'en'],
  ])("takes the system's locale %s if no variable is set, as on Windows", (locale, language) => {
    expect(getLanguage({}, locale)).toBe(language)
    expect(getLanguage({ LANG: '' }, locale)).toBe(language)
  })

  test("reads the system's locale by itself", () => {
    expect(['en', 'zh']).toContain(getLanguage({}))
  })
})
