import { unknown } from '../../format/numbers.ts'
import { Icon } from '../../ui/icon.tsx'
import styles from './run.module.css'
import { type Call, extrasOf, outcomeOf } from './view.ts'

/** Which call of which target it is, and what was answered if that was asked for. */
export function Name({ call, hasTexts }: { call: Call; hasTexts: boolean }) {
  const { model, provider, ordinal, iteration, is_recheck: isRecheck, parameters, response_text: said } = call
  const about = [provider, extrasOf(parameters), isRecheck ? 'recheck' : null, `round ${iteration ?? 1}`]
  return (
    <span className={styles.name}>
      <span className={styles.model}>
        <span className={styles.mute}>{ordinal ?? unknown}</span> {model ?? 'a model that is gone'}
      </span>
      <span className={styles.about}>{about.filter(Boolean).join(' · ')}</span>
      {hasTexts && said !== undefined && said !== null && said !== '' && (
        <span className={styles.said}>{said}</span>
      )}
    </span>
  )
}

/** How a call went, whose fault that was, and what was said of it. */
export function Outcome({ call }: { call: Call }) {
  const { icon, word, why } = outcomeOf(call)
  const { error_message: message, status_code: code, fault_domain: fault } = call
  const detail = why ?? (fault === null ? message : `by the ${fault}${code === null ? '' : `, ${code}`}`)
  return (
    <span className={styles.outcome} title={message ?? undefined}>
      <span className={styles[icon]}>
        <Icon name={icon} /> {word}
      </span>
      {detail !== null && <span className={styles.ground}>{detail}</span>}
      {message !== null && message !== detail && <span className={styles.ground}>{message}</span>}
    </span>
  )
}
