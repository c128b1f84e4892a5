/** Some rows of a table that is read in pages. Every page has the same columns, two of which may have one name. */
export interface RowPage {
  columns: readonly string[]
  rows: readonly (readonly unknown[])[]
}
