import type { ComponentChildren } from 'preact'

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly read: (row: Row) => ComponentChildren
  readonly isNumber?: boolean
}

/** The options of {@link DataTable}. */
export interface DataTableOptions<Row> {
  /** What the table holds. */
  readonly title: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly getKey: (row: Row) => string
}

/** A table that scrolls sideways if it is wider than the page. */
export const DataTable = <Row,>({ title, columns, rows, getKey }: DataTableOptions<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
  <section class="table-box" aria-label={title} tabIndex={0}>
    <table class="table">
      <thead>
        <tr>
          {columns.map(({ title: name, isNumber }) => (
            <th key={name} scope="col" class={isNumber ? 'is-end' : ''}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={getKey(row)}>
            {columns.map(({ title: name, read, isNumber }) => (
              <td key={name} class={isNumber ? 'is-end' : ''}>
                {read(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)
