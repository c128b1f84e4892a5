import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { promptsQuery } from '../api/benchmark-queries.ts'
import { useDraft } from './draft.ts'
import { Choice } from './field.tsx'
import styles from './prompt.module.css'
import { type ChangePrompt, Delete, Save } from './own-prompts.tsx'
import { categories, categoryNames, type Named } from './prompt-categories.ts'

/** A choice of what is asked. */
interface Chosen {
  /** The name of a template, or a text of one's own. */
  chosen: { prompt?: string | undefined; text?: string | undefined }
  onChange: ChangePrompt
}

/** What is asked: a template, or a text of one's own, which can be saved as one. */
export function Prompt({ chosen: { prompt = 'default', text }, onChange: change }: Chosen) {
  const id = useId()
  const { data, error } = useQuery(promptsQuery)
  const chosen = data?.rows.find(({ name }) => name === prompt)
  const given = chosen?.text ?? ''
  const { shown, enter, flush } = useDraft(text ?? given, (entered) =>
    // A blank text is not the template either.
    change({ text: entered === given ? undefined : entered || ' ' }),
  )
  return (
    <div className={styles.prompt}>
      <div className={styles.pair}>
        <Template rows={data?.rows ?? []} chosen={{ prompt, text }} onChange={change} />
        {text === undefined ? (
          chosen?.source === 'own' && <Delete prompt={chosen} onChange={change} />
        ) : (
          <Save text={text} onChange={change} />
        )}
      </div>
      <label htmlFor={id}>Prompt</label>
      <textarea
        id={id}
        rows={4}
        maxLength={mostCharacters}
        value={shown}
        onChange={({ target }) => enter(target.value)}
        onBlur={flush}
      />
      {error !== null && <p role="status">The templates could not be read: {error.message}</p>}
    </div>
  )
}

/** The choice of a template, by category. */
function Template({
  rows,
  chosen: { prompt = 'default', text },
  onChange: change,
}: Chosen & { rows: readonly Named[] }) {
  return (
    <Choice
      label="Template"
      value={text === undefined ? prompt : ''}
      onChange={({ target: { value } }) => {
        if (value !== '') change({ prompt: value === 'default' ? undefined : value, text: undefined })
      }}
    >
      {text !== undefined && <option value="">Own text</option>}
      {categories.map((category) => (
        <Templates key={category} category={category} rows={rows} />
      ))}
    </Choice>
  )
}

/** A text is part of the address, which a server takes up to some length. */
const mostCharacters = 4000

function Templates({ category, rows }: { category: Named['category']; rows: readonly Named[] }) {
  const of = rows.filter((row) => row.category === category)
  return of.length === 0 ? null : (
    <optgroup label={categoryNames[category]}>
      {of.map(({ name, source }) => (
        <option key={name} value={name}>
          {name}
          {source === 'own' && ' (own)'}
        </option>
      ))}
    </optgroup>
  )
}
