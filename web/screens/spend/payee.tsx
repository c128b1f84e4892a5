import styles from './spend.module.css'

/** A model with its provider beneath, or a provider alone. */
export function Payee({ provider, model = null, synthetic = false, about = null }: Named) {
  const beneath = [
    ...(model === null ? [] : [provider ?? 'unknown']),
    ...(synthetic ? ['synthetic'] : []),
    about,
  ]
  return (
    <span className={styles.payee}>
      <span>{model ?? provider ?? 'unknown'}</span>
      <small>{beneath.filter((each) => each !== null).join(' · ')}</small>
    </span>
  )
}

interface Named {
  provider: string | null
  model?: string | null
  synthetic?: boolean
  about?: string | null
}
