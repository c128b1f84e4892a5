/** How a table is sorted: by which column, and which way. */
export interface Sorting {
  by: string
  isDescending: boolean
}
