import { z } from 'zod'
import { everyPattern, everyProblem, toMinutes } from '../core/every.ts'
import type { App } from '../jobs/app.ts'
import { readCapacity, type Widening } from '../jobs/capacity.ts'
import { capacityText } from '../report/capacity.ts'
import type { Store } from '../store/store.ts'

/** A whole number of what there may be so many of. */
const countUpTo = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,6}$/, 'must be a whole number from 1 on')
    .transform(Number)
    .refine((count) => count <= most, `must be ${most} at most`)
    .nullable()
    .default(null)

/** What `fleet capacity` asks of a schedule that is wider than it is. */
export const capacityFlags = {
  targets: countUpTo(1_000_000),
  regions: countUpTo(1000),
  every: z.string().regex(everyPattern, everyProblem).transform(toMinutes).nullable().default(null),
}

/** `fleet capacity`: what the schedule takes, or would if it were wider. */
export async function showCapacity(
  { targets, regions, every: everyMinutes }: Omit<Widening, 'everyMinutes'> & { every: number | null },
  parts: { store: Store; app: App },
): Promise<{ document: unknown; text: string }> {
  const capacity = await readCapacity({ targets, regions, everyMinutes }, parts)
  return { document: capacity, text: capacityText(capacity) }
}
