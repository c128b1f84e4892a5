import { z } from 'zod'

/** What a number of wrk may end with. */
const units = { k: 1e3, M: 1e6, G: 1e9, '': 1 }

/** A whole number from 1 on, as wrk takes it. */
const whole = (most: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?[kMG]?$/, 'must be a number, such as 5000 or 5k')
    .transform(
      (text) => Number.parseFloat(text) * units[(/[kMG]$/.exec(text)?.[0] ?? '') as keyof typeof units],
    )
    .pipe(
      z
        .number()
        .positive('must be above 0')
        .max(most, `must be at most ${most}`)
        .int('must be a whole number'),
    )

const seconds = { ms: 0.001, s: 1, m: 60, h: 3600 }

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)?$/, 'must be a time, such as 30s, 2m or 1h')
  .transform(
    (text) => Number.parseFloat(text) * seconds[(/[a-z]+$/.exec(text)?.[0] ?? 's') as keyof typeof seconds],
  )
  .pipe(
    z
      .number()
      .positive('must be above 0')
      .max(24 * 3600, 'must be at most 24h'),
  )

/** A variable; one that is set to nothing is not set. */
const given = (without: string) =>
  z
    .string()
    .optional()
    .transform((text) => text?.trim() || without)

const schema = z.object({
  WRK_URL: given('').pipe(z.string().regex(/^(https?:\/\/.+)?$/, 'must be an http(s) URL')),
  WRK_BIN: given('').pipe(z.string()),
  WRK_RATE: given('250').pipe(whole(1e6)),
  WRK_DURATION: given('5s').pipe(duration),
  WRK_CONNECTIONS: given('32').pipe(whole(20_000)),
  WRK_THREADS: given('1').pipe(whole(1024)),
  WRK_HTML: given('').pipe(z.string()),
  SYN_FRAMES: given('200').pipe(whole(100_000)),
  SYN_DELAY_MS: given('5').pipe(
    z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'must be a number of ms')
      .transform(Number),
  ),
  SYN_BYTES: given('64').pipe(whole(65_536)),
})

/** The variables of the bench. */
export type Settings = z.output<typeof schema>

/** Reads them from an environment; what is wrong, if anything is. */
export function readSettings(env: Record<string, string | undefined>): Settings | { problem: string } {
  const { data, error } = schema.safeParse(env)
  if (data !== undefined) return data
  const [issue] = error.issues
  return { problem: `${issue?.path.join('.')} ${issue?.message}` }
}
