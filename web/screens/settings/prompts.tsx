import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Answer, send } from '../../api/client.ts'
import { promptsQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { tell } from '../../app/notices.ts'
import { count } from '../../format/numbers.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { AddPrompt } from './add-prompt.tsx'
import type { SettingsSearch } from './search.ts'
import styles from './settings.module.css'

type Prompt = Answer<'GET /api/v1/prompts'>['rows'][number]

/** The prompts that have a name: those that come with the program, and one's own. */
export function Prompts({ search }: { search: SettingsSearch }) {
  const read = useQuery(promptsQuery(false))
  const { isAdmin } = useSession()
  const change = useChangeSearch<SettingsSearch>()
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.note}>A run may name any of these instead of a text.</p>
        <Button why={isAdmin ? null : 'Sign in to add a prompt'} onClick={() => change({ add: true })}>
          Add a prompt
        </Button>
      </div>
      <Panel read={read} height={560}>
        {({ rows }) => (
          <Table<Prompt>
            caption="Prompts that have a name"
            columns={columns}
            groups={[
              { name: 'Your own', rows: rows.filter(({ source }) => source === 'own') },
              { name: 'Built in', rows: rows.filter(({ source }) => source === 'built_in') },
            ].filter((group) => group.rows.length > 0)}
            keyOf={({ source, name }) => `${source} ${name}`}
            isCards
          />
        )}
      </Panel>
      {search.prompt !== undefined && (
        <Text name={search.prompt} onClose={() => change({ prompt: undefined })} />
      )}
      {search.add === true && <AddPrompt onClose={() => change({ add: undefined })} />}
    </>
  )
}

const columns: Column<Prompt>[] = [
  { id: 'name', head: 'Name', cell: ({ name }) => name },
  { id: 'category', head: 'Category', width: 160, cell: ({ category }) => category },
  {
    id: 'length',
    head: 'Characters',
    isNumber: true,
    width: 128,
    cell: ({ n_characters: n }) => count(n),
  },
  { id: 'do', head: 'Text', isNumber: true, width: 168, cell: (row) => <Act row={row} /> },
]

function Act({ row: { name, source } }: { row: Prompt }) {
  const { isAdmin } = useSession()
  const change = useChangeSearch<SettingsSearch>()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/prompts/{name}', { params: { name } }),
    onError: ({ message }) => tell(`It was not deleted: ${message}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/api/v1/prompts'] }),
  })
  return (
    <>
      <Button kind="quiet" aria-label={`Show ${name}`} onClick={() => change({ prompt: name })}>
        Show
      </Button>{' '}
      {source === 'own' && (
        <Button
          kind="quiet"
          aria-label={`Delete ${name}`}
          why={isAdmin ? (remove.isPending ? 'It is being deleted' : null) : 'Sign in to delete it'}
          onClick={() => remove.mutate()}
        >
          Delete
        </Button>
      )}
    </>
  )
}

/** The text of a prompt. */
function Text({ name, onClose }: { name: string; onClose: () => void }) {
  const read = useQuery(promptsQuery(true))
  return (
    <Dialog title={name} onClose={onClose}>
      <Panel read={read} height={120}>
        {({ rows }) => (
          <p className={styles.prompt}>
            {rows.find((row) => row.name === name)?.text ?? 'There is no prompt of that name.'}
          </p>
        )}
      </Panel>
    </Dialog>
  )
}
