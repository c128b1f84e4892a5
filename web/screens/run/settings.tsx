import { Link } from '@tanstack/react-router'
import type { Answer } from '../../api/client.ts'
import styles from './run.module.css'
import { settingsOf } from './view.ts'

type Given = Answer<'GET /api/v1/runs/{id}'>['settings']

/** With what a run was made, and its texts once they are asked for. */
export function Settings({ settings, hasTexts }: { settings: Given; hasTexts: boolean }) {
  const { prompt, prompt_hash: hash } = settings
  return (
    <section className={styles.part} aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <dl className={styles.settings}>
        {settingsOf(settings).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {typeof hash === 'string' && (
          <div>
            <dt>prompt</dt>
            <dd>
              <code title={hash}>{hash.slice(0, 12)}</code>
            </dd>
          </div>
        )}
      </dl>
      {hasTexts && typeof prompt === 'string' && <p className={styles.prompt}>{prompt}</p>}
      <Link
        from="/history/$id"
        to="."
        search={({ text, ...rest }) => (text === true ? rest : { ...rest, text: true as const })}
        resetScroll={false}
      >
        {hasTexts ? 'Hide the prompt and the answers' : 'Show the prompt and the answers'}
      </Link>
    </section>
  )
}
