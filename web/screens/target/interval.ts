const mostMinutes = 1440

/** What is wrong with minutes as they were typed; null if nothing is. An empty field is every slot of the schedule. */
export const minutesProblem = (text: string): string | null =>
  text.trim() === '' || (Number.isInteger(Number(text)) && Number(text) >= 1 && Number(text) <= mostMinutes)
    ? null
    : 'A whole number of minutes, 1 to 1,440'

/** Minutes as they were typed; null is every slot. */
export const minutesOf = (text: string): number | null => (text.trim() === '' ? null : Number(text))
