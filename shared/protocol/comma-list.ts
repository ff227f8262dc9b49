/** The items of a comma-separated list, trimmed, without empty ones. Chinese keyboards type the comma in full width. */
export const commaList = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
