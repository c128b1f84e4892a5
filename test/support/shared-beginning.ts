/** The characters with which both texts begin. */
export function sharedBeginning(one: string, other: string): string {
  let end = 0
  while (end < one.length && one[end] === other[end]) end += 1
  return one.slice(0, end)
}
