import { z } from 'zod'
import type { RecordedCalibration } from '../core/calibration.ts'
import { date, fromColumns } from './columns.ts'

export const recordedOutput = z.object({ recorded: z.boolean() })

export const calibrationsOutput: z.ZodType<{ rows: RecordedCalibration[] }> = z.object({
  rows: z.array(
    fromColumns(
      z.object({
        id: z.string(),
        createdAt: date,
        host: z.string(),
        nodeVersion: z.string(),
        concurrency: z.int(),
        streams: z.int(),
        chunks: z.int(),
        threads: z.int(),
        ttftP50Ms: z.number(),
        ttftP95Ms: z.number(),
        ttftP99Ms: z.number(),
        chunkP50Ms: z.number(),
        chunkP95Ms: z.number(),
        chunkP99Ms: z.number(),
      }),
    ),
  ),
})
