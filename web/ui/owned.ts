/** Why what firsttoken.yaml says cannot be changed here; null of anything else. */
export const whyOwned = (ownedBy: 'file' | null): string | null =>
  ownedBy === null ? null : 'It is kept in firsttoken.yaml: change it there'
