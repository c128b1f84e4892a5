import { Link } from '@tanstack/react-router'
import styles from './models.module.css'
import { keyOf } from './view.ts'

/** A model with its provider beneath, which opens its details. */
export function ModelName({ provider, model, about = [] }: Named) {
  return (
    <span className={styles.name}>
      <Link
        from="/models"
        to="/models"
        search={(before) => ({ ...before, model: keyOf({ provider, model }) })}
        replace
        resetScroll={false}
        title={model}
      >
        {model}
      </Link>
      <span className={styles.about} title={about.join(', ')}>
        {[provider, ...about].join(' · ')}
      </span>
    </span>
  )
}

interface Named {
  provider: string
  model: string
  about?: readonly string[]
}
