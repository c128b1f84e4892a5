import { Button } from './button.tsx'
import { useDraft } from './draft.ts'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'
import styles from './models.module.css'
import { type Provider, ProviderModels } from './provider-models.tsx'

/** Every model that can be called, by provider: those with a key first. */
export function Models({
  providers,
  chosen,
  most,
  q,
  onSearch,
  onChoose,
}: {
  providers: readonly Provider[]
  /** As `provider/model`. */
  chosen: readonly string[]
  /** The most of a run. */
  most: number
  /** What is searched for. */
  q: string
  onSearch: (text: string) => void
  onChoose: (change: (before: readonly string[]) => string[]) => void
}) {
  const { shown, enter, flush } = useDraft(q, onSearch)
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = providers
    .filter(({ problem }) => problem === null)
    .map((provider) => ({ provider, models: modelsOf(provider, { chosen, words }) }))
    .filter(({ models }) => models.length > 0)
  const keyless = groups.filter(({ provider }) => !provider.configured)
  const given = { chosen, most, onChoose }
  return (
    <section className={styles.models} aria-label="Models">
      <div className={styles.tools}>
        <h2>Models</h2>
        <p aria-live="polite">
          {chosen.length} selected{chosen.length > most && `, at most ${most} in a run`}
        </p>
        <Field
          label="Search models"
          isBare
          type="search"
          placeholder="Search models"
          value={shown}
          onChange={({ target }) => enter(target.value)}
          onBlur={flush}
        />
        <Button
          kind="quiet"
          why={chosen.length === 0 ? 'Nothing is selected' : null}
          onClick={() => onChoose(() => [])}
        >
          Clear
        </Button>
      </div>
      {groups
        .filter(({ provider }) => provider.configured)
        .map((group) => (
          <ProviderModels key={group.provider.id} {...group} {...given} />
        ))}
      {keyless.length > 0 && (
        <>
          <p className={styles.keyless}>
            <Icon name="key" /> Without a key: each is called once, and its refusal recorded
          </p>
          {keyless.map((group) => (
            <ProviderModels key={group.provider.id} {...group} {...given} />
          ))}
        </>
      )}
      {groups.length === 0 && <p className={styles.none}>No model has this in its name.</p>}
    </section>
  )
}

/** The models of a provider that the search leaves; what a link chose is among them, even if it is not listed. */
function modelsOf(
  { id, name, models }: Provider,
  { chosen, words }: { chosen: readonly string[]; words: readonly string[] },
): string[] {
  const prefix = `${id}/`
  const named = chosen.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length))
  return [...new Set([...models, ...named])].filter((model) => {
    const text = `${id} ${name} ${model}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
