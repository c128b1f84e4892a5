import { stampField } from '../core/calibration.ts'
import { machineClock } from '../core/clock.ts'

/** The text of an event, stamped with the present moment. One without JSON stays as it is. */
export const stamped = (event: string): string => event.replace('{', `{${stampField}${machineClock.now()},`)
