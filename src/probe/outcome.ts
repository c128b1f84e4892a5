import { faultDomains } from '../core/outcome.ts'
import type { Observation } from '../core/result.ts'
import { redact } from '../net/redact.ts'
import type { Cause } from './cause.ts'
import type { Evidence } from './evidence.ts'
import { explain } from './message.ts'

type Outcome = Pick<Observation, 'success' | 'errorKind' | 'faultDomain' | 'errorMessage' | 'errorCode'>

/** Whether a call succeeded; if not, why, and whose fault it was. */
export function outcomeOf({ call, exchange }: Evidence, cause: Cause | null): Outcome {
  if (cause === null)
    return { success: true, errorKind: null, faultDomain: null, errorMessage: null, errorCode: null }
  const { kind, message } = explain(cause, {
    call,
    status: exchange.status,
    headers: exchange.headers,
    failure: exchange.failure,
  })
  const code = cause.error?.code ?? null
  return {
    success: false,
    errorKind: kind,
    faultDomain: faultDomains[kind],
    errorMessage: message,
    errorCode: code === null ? null : redact(code, [call.provider.key]),
  }
}
