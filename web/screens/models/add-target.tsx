import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { providersQuery } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { useTargetForm } from './target-form.ts'
import styles from './models.module.css'
import type { ModelRow } from './view.ts'

/** The form that adds a target: a model with its parameters, known or not. */
export function AddTarget({ models, onClose }: { models: readonly ModelRow[]; onClose: () => void }) {
  const { data } = useQuery(providersQuery)
  const providers = (data?.rows ?? []).toSorted((a, b) => Number(b.configured) - Number(a.configured))
  const id = useId()
  const { values, set, why, wrongLimit, error, save } = useTargetForm(providers[0]?.id ?? '', onClose)
  const known = models.filter(
    (row) => row.provider === values.provider && (row.type ?? 'chat') === 'chat' && row.available !== false,
  )
  return (
    <Dialog title="Add a target" onClose={onClose}>
      <form className={styles.form} onSubmit={save}>
        <Choice label="Provider" value={values.provider} onChange={set('provider')}>
          {providers.map(({ id: each, name, configured }) => (
            <option key={each} value={each}>
              {name}
              {configured ? '' : ' (no key)'}
            </option>
          ))}
        </Choice>
        <Field
          label="Model, as its provider writes it"
          list={id}
          value={values.model}
          autoComplete="off"
          spellCheck={false}
          onChange={set('model')}
        />
        <datalist id={id}>
          {known.map((row) => (
            <option key={row.id}>{row.model}</option>
          ))}
        </datalist>
        <Choice label="Reasoning" value={values.reasoning} onChange={set('reasoning')}>
          <option value="least">As little as the model allows</option>
          <option value="default">As the provider does by default</option>
        </Choice>
        <Field
          label="Host of a router (optional)"
          placeholder="groq"
          value={values.pin}
          onChange={set('pin')}
        />
        <Field
          label="Most tokens of an answer (optional)"
          inputMode="numeric"
          value={values.most}
          onChange={set('most')}
          problem={wrongLimit}
        />
        <p>Targets of one model with other parameters are series of their own.</p>
        {error !== null && <p role="alert">{error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          Add
        </Button>
      </form>
    </Dialog>
  )
}
