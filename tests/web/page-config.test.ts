import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toVariables } from '../../web/chat/config/colours.ts'
import { parsePageConfig } from '../../web/chat/config/page-config.ts'

const pageUrl = 'https://shop.example/llm-chat/index.html'

describe('config.json of the chat page', () => {
  test('may be empty: the gateway is beside the page or at the root, and asks for no login', () => {
    expect(parsePageConfig({}, pageUrl)).toEqual({
      name: undefined,
      bases: ['https://shop.example/llm-chat/', 'https://shop.example/'],
      login: undefined,
      colour: undefined,
      examples: undefined,
      pointsUrl: undefined,
      hasWallet: true,
      hasUsage: true,
    })
  })

  test.each([
    ['/', 'https://shop.example/'],
    ['https://api.example', 'https://api.example/'],
    ['https://api.example/ai//', 'https://api.example/ai/'],
    ['..', 'https://shop.example/'],
  ])('names the gateway: %s', (gateway, base) => {
    expect(parsePageConfig({ gateway }, pageUrl).bases).toEqual([base])
  })

  test('names the login, with a password unless it says otherwise', () => {
    expect(parsePageConfig({ environment: 'env-1' }, pageUrl).login).toEqual({
      environment: 'env-1',
      region: 'ap-shanghai',
      authOrigin: undefined,
      kinds: ['password'],
    })
    expect(parsePageConfig({ environment: 'env-1', signIn: ['email', 'phone'] }, pageUrl).login?.kinds).toEqual([
      'email',
      'phone',
    ])
  })

  test.each([
    [[], 'must be a JSON object'],
    [undefined, 'must be a JSON object'],
    [{ name: 5 }, "'name' must be a text"],
    [{ gateway: 'http://[' }, "'gateway' must be a URL"],
    [{ environment: 'e', signIn: [] }, "'signIn' must be a list with some of password, phone, email, anonymous"],
    [{ examples: 'one' }, "'examples' must be a list of texts"],
    [{ colour: 'red' }, "'colour' must be a colour such as #0f6e66"],
    [{ pointsUrl: 'javascript:alert(1)' }, "'pointsUrl' must be a URL"],
    [{ wallet: 'yes' }, "'wallet' must be true or false"],
  ])('is refused with the name of the field: %j', (config, problem) => {
    expect(() => parsePageConfig(config, pageUrl)).toThrow(problem)
  })
})

/** The luminance by WCAG 2.2. */
const getLuminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const getContrast = (one: string, other: string): number => {
  const [first, second] = [getLuminance(one), getLuminance(other)]
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05)
}

describe('the colour of an app', () => {
  test('stays as it is if it can be read', () => {
    expect(toVariables('#0f6e66')['--accent']).toMatch(/^light-dark\(#0f6e66, #/)
  })

  test('is moved until text in it, and text on it, can be read in both schemes', () => {
    const colours = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)
    fc.assert(
      fc.property(colours, (colour) => {
        const [, light = '', dark = ''] = /light-dark\((.*), (.*)\)/.exec(toVariables(colour)['--accent'] ?? '') ?? []
        for (const [accent, paper, ink] of [
          [light, '#fbfaf8', '#ffffff'],
          [dark, '#1e2022', '#000000'],
        ] as const) {
          expect(getContrast(accent, paper)).toBeGreaterThanOrEqual(4.5)
          expect(getContrast(accent, ink)).toBeGreaterThanOrEqual(4.5)
        }
      }),
    )
  })
})
