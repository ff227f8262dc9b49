/** Red, green and blue, each 0 to 255. */
type Colour = readonly [number, number, number]

/** The papers of the page (`design/tokens.css`), and where a colour is moved to until text in it can be read on them. */
const schemes = [
  { paper: [251, 250, 248], ink: [0, 0, 0] },
  { paper: [30, 32, 34], ink: [255, 255, 255] },
] as const

/** The contrast of text that all can read (WCAG 2.2, 1.4.3), with some more for the softer grounds of the page. */
const minContrast = 5.2

/** Returns the variables of the style sheet for the colour of an app. In each scheme it is as near to that colour as can be read.
 *  @param colour `#rrggbb` */
export const toVariables = (colour: string): Readonly<Record<string, string>> => {
  const wanted = parse(colour)
  const [light, dark] = schemes.map(({ paper, ink }) => makeReadable(wanted, paper, ink))
  return {
    '--accent': `light-dark(${format(light ?? wanted)}, ${format(dark ?? wanted)})`,
    '--accent-soft': 'color-mix(in oklab, var(--accent) 9%, var(--surface))',
    '--on-accent': 'light-dark(#ffffff, #000000)',
  }
}

const makeReadable = (colour: Colour, paper: Colour, ink: Colour): Colour => {
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = mix(colour, ink, share)
    if (getContrast(mixed, paper) >= minContrast) return mixed
  }
  return ink
}

const mix = (one: Colour, other: Colour, share: number): Colour => {
  const at = (place: 0 | 1 | 2): number => Math.round(one[place] * (1 - share) + other[place] * share)
  return [at(0), at(1), at(2)]
}

const getContrast = (one: Colour, other: Colour): number => {
  const [darker, lighter] = [getLuminance(one), getLuminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** WCAG 2.2, "relative luminance". */
const getLuminance = (colour: Colour): number => {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const parse = (colour: string): Colour => {
  const read = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16)
  return [read(1), read(3), read(5)]
}

const format = (colour: Colour): string => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
