import { stampField } from '../core/calibration.ts'
import { machineClock } from '../core/clock.ts'

/** An event stamped with the current time. One without JSON is unchanged. */
export const stamped = (event: string): string => event.replace('{', `{${stampField}${machineClock.now()},`)
