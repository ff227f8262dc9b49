import * as fc from 'fast-check'

/** Strings that often break programs, and any others. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    '\u0000',
    '\r\n',
    '\uFEFF',
    '\uD800',
    '%s%n{{7}}',
    "' OR 1=1 --",
  ),
)

/** Numbers that often break programs, and any others. */
export const number: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-1, 0, -0, 1e308, -1e308, 2 ** 53, 2 ** 53 - 1, 2 ** 31, 1.5, 5e-324),
)

/** Any value of moderate size. */
const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value

/** The text of any JSON value. */
export const jsonText: fc.Arbitrary<string> = value.map((drawn) => JSON.stringify(drawn))

/** Any value that JSON can express. */
export const json: fc.Arbitrary<unknown> = jsonText.map((drawn) => JSON.parse(drawn))

/** Texts that are almost JSON: cut, nested too deeply, with a key twice, or with numbers beyond a double. */
export const nearlyJson: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(jsonText, fc.nat(60)).map(([drawn, cut]) => drawn.slice(0, cut)),
  fc.tuple(fc.constantFrom('[', '{"a":', '[{"a":'), fc.nat(3_000)).map(([open, depth]) => open.repeat(depth)),
  jsonText.map((drawn) => `{"model":"m","model":${drawn},"n":1e999,"seed":123456789012345678901234567890}`),
  jsonText.map((drawn) => `${drawn}${drawn}`),
)
