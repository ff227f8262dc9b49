import { leaseWidth, timeWidth } from '../../shared/limits/lease.ts'
import type { TestDatabase } from '../../testing/servers/test-database.ts'

/** Lets time pass for limits in MySQL, in milliseconds. The database has the only clock; so what it holds becomes older. */
export const ageMysqlLimits = async (query: TestDatabase['query'], milliseconds: number): Promise<void> => {
  for (const { id, grants, leases } of await query('SELECT * FROM llm_gateway_usage_limits')) {
    const aged = [older(String(grants), timeWidth, milliseconds), older(String(leases), leaseWidth, milliseconds), id]
    await query('UPDATE llm_gateway_usage_limits SET `grants` = ?, `leases` = ? WHERE id = ?', aged)
  }
}

/** A column's texts of one width, each of which begins with a time. */
const older = (text: string, width: number, milliseconds: number): string =>
  (text.match(new RegExp(`.{${width}}`, 'g')) ?? [])
    .map((piece) => String(Number(piece.slice(0, timeWidth)) - milliseconds) + piece.slice(timeWidth))
    .join('')
