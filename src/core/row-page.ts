/** A page of rows. All pages of a table have the same columns; two columns may share a name. */
export interface RowPage {
  columns: readonly string[]
  rows: readonly (readonly unknown[])[]
}
