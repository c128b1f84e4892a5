import { type Status, statuses } from './words.ts'

const colors: Readonly<Record<Status, string>> = {
  operational: '#1f8f5a',
  no_data: '#7c8694',
  maintenance: '#6b5fb5',
  slow: '#c77f00',
  errors: '#c77f00',
  partial_outage: '#c77f00',
  outage: '#a80f1f',
}

/** The picture of a tab, in the colour of a state; null if that is none. */
export const iconSvg = (state: string): string | null => {
  const status = statuses.find((each) => each === state)
  if (status === undefined) return null
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colors[status]}"/></svg>`
}
