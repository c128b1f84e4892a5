// Every reader of cron expressions knows more than the others: seconds, years, `?`, `L`, `#`, `W`, `+`, ranges
// over the end of a week. What all of them read alike is numbers, names of three letters, `*`, lists, ranges and
// steps. Vercel: https://vercel.com/docs/cron-jobs#cron-expressions. pg_cron reads as cron(8) does.

const value = String.raw`(?:\d{1,2}|[a-z]{3})`
const part = String.raw`(?:\*(?:/\d{1,2})?|${value}(?:-${value}(?:/\d{1,2})?)?)`
const alike = new RegExp(`^${part}(?:,${part})*$`, 'i')
const word = /^@[a-z]+$/i

const fieldsOf = (cron: string): string[] => cron.trim().split(/ +/)

/** Why an expression is not read alike by every scheduler, in one line, or null. */
export function dialectProblem(cron: string): string | null {
  const shown = JSON.stringify(cron)
  if (/[^\S ]/.test(cron)) return `${shown} has a tab or line break: put single blanks between its fields`
  const fields = fieldsOf(cron)
  if (fields.length === 1 && word.test(fields.join())) return null
  if (fields.length !== 5 && fields.length !== 6)
    return `'${cron}' is not a cron expression: it takes five fields (minute, hour, day of month, month, day of week), not ${fields.length}`
  const strange = fields.find((field) => !alike.test(field))
  return strange === undefined
    ? null
    : `'${cron}' is not a cron expression that every scheduler reads alike: '${strange}' is more than numbers, names, *, lists, ranges and steps`
}

/** Where others read a valid expression otherwise than this program does, a line each. */
export function dialectNotes(cron: string): string[] {
  const fields = fieldsOf(cron)
  if (fields.length === 1) return [`Vercel knows no ${cron.trim()}, pg_cron does`]
  const [day = '*', month = '*', weekday = '*'] = fields.slice(-3)
  const bothDays = day !== '*' && weekday !== '*'
  const notes: [boolean, string][] = [
    [fields.length === 6, 'only scripts/schedule.ts has seconds, Vercel and pg_cron do not'],
    [
      bothDays && !day.startsWith('*') && !weekday.startsWith('*'),
      'it fires on either of its days, as in pg_cron; Vercel takes only one day field',
    ],
    [
      bothDays && (day.startsWith('*') || weekday.startsWith('*')),
      'it fires on either of its days; pg_cron wants both where one begins with *, and Vercel takes only one day field',
    ],
    [/[a-z]/i.test(month + weekday), 'Vercel takes no names, write numbers there'],
    [/7/.test(weekday.replaceAll(/\/\d+/g, '')), 'Sunday is 0 at Vercel, not 7'],
  ]
  return notes.flatMap(([applies, note]) => (applies ? [note] : []))
}
