import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { promptsQuery } from '../api/benchmark-queries.ts'
import { send } from '../api/client.ts'
import { useSession } from '../api/session.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Choice, Field } from './field.tsx'
import { whyOwned } from './owned.ts'
import styles from './prompt.module.css'
import { categories, categoryNames, type Named } from './prompt-categories.ts'

/** Chooses a template or a text; what is undefined is chosen no more. */
export type ChangePrompt = (change: { prompt?: string | undefined; text?: string | undefined }) => void

/** Saves a text as a template. */
export function Save({ text, onChange }: { text: string; onChange: ChangePrompt }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button why={text.trim() === '' ? 'It is blank' : null} onClick={() => setOpen(true)}>
        Save it
      </Button>
      {isOpen && <Naming text={text} onChange={onChange} onDone={() => setOpen(false)} />}
    </>
  )
}

function Naming({ text, onChange, onDone }: { text: string; onChange: ChangePrompt; onDone: () => void }) {
  const queries = useQueryClient()
  const { isAdmin } = useSession()
  const [name, setName] = useState('')
  const [category, setCategory] = useState<Named['category']>('other')
  const saving = useMutation({
    mutationFn: () => send('POST', '/api/v1/prompts', { body: { name: name.trim(), category, text } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: promptsQuery.queryKey })
      onChange({ prompt: name.trim(), text: undefined })
      onDone()
    },
  })
  const why = isAdmin ? (name.trim() === '' ? 'Name it first' : null) : 'Sign in to save prompts'
  return (
    <Dialog title="Save this prompt" onClose={onDone}>
      <form
        className={styles.save}
        onSubmit={(event) => {
          event.preventDefault()
          if (why === null) saving.mutate()
        }}
      >
        <Field
          label="Name"
          value={name}
          maxLength={100}
          onChange={({ target }) => setName(target.value)}
          problem={saving.error?.message ?? null}
        />
        <Choice
          label="Category"
          value={category}
          onChange={({ target }) => setCategory(categories.find((each) => each === target.value) ?? 'other')}
        >
          {categories.map((each) => (
            <option key={each} value={each}>
              {categoryNames[each]}
            </option>
          ))}
        </Choice>
        <Button kind="primary" type="submit" why={why}>
          Save
        </Button>
      </form>
    </Dialog>
  )
}

/** Deletes a prompt of one's own. */
export function Delete({
  prompt: { name, owned_by: owner },
  onChange,
}: {
  prompt: Named
  onChange: ChangePrompt
}) {
  const queries = useQueryClient()
  const { isAdmin } = useSession()
  const deleting = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/prompts/{name}', { params: { name } }),
    onSuccess: async () => {
      onChange({ prompt: undefined })
      await queries.invalidateQueries({ queryKey: promptsQuery.queryKey })
    },
  })
  return (
    <Button why={isAdmin ? whyOwned(owner) : 'Sign in to delete prompts'} onClick={() => deleting.mutate()}>
      Delete it
    </Button>
  )
}
