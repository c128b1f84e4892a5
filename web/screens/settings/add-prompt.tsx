import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { send } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import styles from './settings.module.css'

const categories = ['reasoning', 'code', 'creative', 'qa', 'other'] as const

/** The form that saves a prompt of one's own, or replaces the one of that name. */
export function AddPrompt({ onClose }: { onClose: () => void }) {
  const id = useId()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [category, setCategory] = useState<string>('other')
  const [text, setText] = useState('')
  const save = useMutation({
    mutationFn: () => send('POST', '/api/v1/prompts', { body: { name: name.trim(), category, text } }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['/api/v1/prompts'] }),
  })
  const why = save.isPending
    ? 'It is being saved'
    : name.trim() === ''
      ? 'Give it a name'
      : text.trim() === ''
        ? 'Write a text'
        : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) save.mutate()
  }
  return (
    <Dialog title="Add a prompt" onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" value={name} onChange={({ target }) => setName(target.value)} />
        <Choice label="Category" value={category} onChange={({ target }) => setCategory(target.value)}>
          {categories.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Choice>
        <span className={styles.area}>
          <label htmlFor={id}>Text</label>
          <textarea
            id={id}
            rows={8}
            maxLength={100_000}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </span>
        {save.error !== null && <p role="alert">{save.error.message}</p>}
        <Button kind="primary" type="submit" why={why}>
          Save
        </Button>
      </form>
    </Dialog>
  )
}
