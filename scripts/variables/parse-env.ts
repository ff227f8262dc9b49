/** One variable: its name, then its value in one of three kinds of quotes, or bare up to the end of the line. */
const assignment = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\n]*))/gm

/** Parses the text of a `.env` file by the grammar of Node's own `util.parseEnv`, which Node has since 20.12 only. A quoted
 *  value may span lines; in double quotes `\n` is a line feed. A bare value ends at `#` and is trimmed. */
export const parseEnv = (text: string): Record<string, string> => {
  const assignments = text.replaceAll('\r', '').matchAll(assignment)
  return Object.fromEntries(
    Array.from(assignments, ([, name = '', double, single, backtick, bare = '']) => [
      name,
      double?.replaceAll('\\n', '\n') ?? single ?? backtick ?? trimBare(bare),
    ]),
  )
}

const trimBare = (value: string): string => value.replace(/#.*/, '').trim()
