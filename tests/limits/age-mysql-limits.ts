import { leaseWidth, timeWidth } from '../../shared/limits/lease.ts'
import type { TestDatabase } from '../../testing/servers/test-database.ts'

/** Makes the limits in MySQL older, in milliseconds. A test cannot move the database's clock, so it moves the stored times back. */
export const ageMysqlLimits = async (query: TestDatabase['query'], milliseconds: number): Promise<void> => {
  for (const { id, grants, leases } of await query('SELECT * FROM llm_gateway_usage_limits')) {
    const aged = [
      ageColumn(String(grants), timeWidth, milliseconds),
      ageColumn(String(leases), leaseWidth, milliseconds),
    ]
    await query('UPDATE llm_gateway_usage_limits SET `grants` = ?, `leases` = ? WHERE id = ?', [...aged, id])
  }
}

/** A column holds texts of one width. Each of them begins with a time. */
const ageColumn = (column: string, width: number, milliseconds: number): string =>
  (column.match(new RegExp(`.{${width}}`, 'g')) ?? [])
    .map((text) => String(Number(text.slice(0, timeWidth)) - milliseconds) + text.slice(timeWidth))
    .join('')
