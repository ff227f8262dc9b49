/** A value of a statement. */
export type SqlValue = string | number | boolean | null

/** Puts values into SQL, each in place of a `?`. The result means the same in every SQL mode and character set of a connection (MySQL
 *  Reference Manual, "Server SQL Modes", "Hexadecimal Literals", "Character Set Introducers"). The usual escapes do not: with
 *  `NO_BACKSLASH_ESCAPES`, client text could end its string. */
export const formatSql = (sql: string, values: readonly SqlValue[]): string => {
  let next = 0
  return sql.replaceAll('?', () => toLiteral(values[next++] ?? null))
}

/** ASCII that stands for itself between single quotes. */
const plainText = /^[ -&(-[\]-~]*$/

const toLiteral = (value: SqlValue): string => {
  if (typeof value !== 'string') return String(value)
  return plainText.test(value) ? `'${value}'` : `_utf8mb4 X'${Buffer.from(value).toString('hex')}'`
}
