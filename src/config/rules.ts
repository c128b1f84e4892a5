import { type Threshold, thresholds } from '../alerts/thresholds.ts'
import { between, known, whole } from './schema-parts.ts'

const numberOf = ({ isWhole, least, most, usual, about }: Threshold) =>
  (isWhole ? whole(least, most) : between(least, most))
    .exactOptional()
    .describe(`${about}; ${usual} if not said`)

/** What may be said of a kind: some of its numbers, none of them larger than the one that it goes up to. */
const kindOf = (of: Readonly<Record<string, Threshold>>) =>
  known(mapValues(of, numberOf)).superRefine((given, context) => {
    if (Object.keys(given).length === 0)
      context.addIssue({ code: 'custom', message: `says nothing: it may have ${Object.keys(of).join(', ')}` })
    for (const [name, { upTo, usual }] of Object.entries(of)) {
      const most = upTo === null ? undefined : (given[upTo] ?? of[upTo]?.usual)
      const own = given[name] ?? usual
      if (upTo === null || most === undefined || own <= most) continue
      context.addIssue(
        given[name] === undefined
          ? { code: 'custom', path: [upTo], message: `must be at least ${name}, which is ${own}` }
          : { code: 'custom', path: [name], message: `must be at most ${upTo}, which is ${most}` },
      )
    }
  })

const mapValues = <From, To>(object: Readonly<Record<string, From>>, to: (value: From) => To) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value)]))

/** The schema of `rules`: numbers by which kinds of incidents are judged. */
export const rulesSchema = known(
  mapValues(thresholds as Readonly<Record<string, Readonly<Record<string, Threshold>>>>, (of) =>
    kindOf(of).exactOptional(),
  ),
)
