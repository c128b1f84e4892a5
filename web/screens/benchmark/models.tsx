import { Button } from '../../ui/button.tsx'
import { useDraft } from '../../ui/draft.ts'
import { Field } from '../../ui/field.tsx'
import styles from './models.module.css'
import { Icon } from '../../ui/icon.tsx'
import { type Provider, ProviderModels } from './provider-models.tsx'
import { mostModels } from './search.ts'
import { useBenchmarkSearch, useChange } from './use-search.ts'

/** Every model that can be called, by provider: those with a key first. */
export function Models({ providers }: { providers: readonly Provider[] }) {
  const { q = '', models: chosen = [] } = useBenchmarkSearch()
  const change = useChange()
  const { shown, enter, flush } = useDraft(q, (text) => change({ q: text }))
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = providers
    .filter(({ problem }) => problem === null)
    .map((provider) => ({ provider, models: modelsOf(provider, { chosen, words }) }))
    .filter(({ models }) => models.length > 0)
  const keyless = groups.filter(({ provider }) => !provider.configured)
  return (
    <section className={styles.models} aria-label="Models">
      <div className={styles.tools}>
        <h2>Models</h2>
        <p aria-live="polite">
          {chosen.length} selected{chosen.length > mostModels && `, at most ${mostModels} in a run`}
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
          onClick={() => change({ models: undefined })}
        >
          Clear
        </Button>
      </div>
      {groups
        .filter(({ provider }) => provider.configured)
        .map((group) => (
          <ProviderModels key={group.provider.id} {...group} chosen={chosen} />
        ))}
      {keyless.length > 0 && (
        <>
          <p className={styles.keyless}>
            <Icon name="key" /> Without a key: each is called once, and its refusal recorded
          </p>
          {keyless.map((group) => (
            <ProviderModels key={group.provider.id} {...group} chosen={chosen} />
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
