import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { chatEndpointQuery } from '../../api/chat.ts'
import { type Answer, type ApiProblem, send } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import form from '../../ui/dialog-form.module.css'
import { Field } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import styles from './chat.module.css'

type Endpoint = Answer<'GET /api/v1/chat/endpoint'>

/** The form of an endpoint of one's own. */
export function EndpointDialog({ onClose }: { onClose: () => void }) {
  const read = useQuery(chatEndpointQuery)
  return (
    <Dialog title="Own endpoint" onClose={onClose}>
      <Panel read={read} height={260}>
        {(endpoint) => <EndpointForm endpoint={endpoint} onClose={onClose} />}
      </Panel>
    </Dialog>
  )
}

function EndpointForm({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const queries = useQueryClient()
  const done = (now: Endpoint) => {
    queries.setQueryData(chatEndpointQuery.queryKey, now)
    onClose()
  }
  const [baseUrl, setBaseUrl] = useState(endpoint.base_url ?? '')
  const [model, setModel] = useState(endpoint.model ?? '')
  const [key, setKey] = useState('')
  const saving = useMutation<Endpoint, ApiProblem, object>({
    mutationFn: (body) => send('PUT', '/api/v1/chat/endpoint', { body }),
    onSuccess: done,
  })
  const forgetting = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/chat/endpoint'),
    onSuccess: () => done({ base_url: null, model: null, has_key: false }),
  })
  const isMissing = baseUrl.trim() === '' || model.trim() === ''
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (isMissing) return
    const entered = key.trim()
    const keyed = entered === '' ? (endpoint.has_key ? {} : { key: null }) : { key: entered }
    saving.mutate({ base_url: baseUrl.trim(), model: model.trim(), ...keyed })
  }
  return (
    <form className={form.form} onSubmit={save}>
      <Field
        label="Base URL of an OpenAI-compatible API"
        type="url"
        placeholder="http://localhost:1234/v1"
        autoComplete="off"
        spellCheck={false}
        value={baseUrl}
        onChange={({ target }) => setBaseUrl(target.value)}
      />
      <Field
        label="Key (optional)"
        type="password"
        placeholder={endpoint.has_key ? 'entered; empty keeps it' : 'lm-studio'}
        autoComplete="off"
        value={key}
        onChange={({ target }) => setKey(target.value)}
      />
      <Field
        label="Model"
        placeholder="openai/gpt-oss-120b"
        autoComplete="off"
        spellCheck={false}
        value={model}
        onChange={({ target }) => setModel(target.value)}
      />
      <p className={styles.note}>
        The server keeps this in its memory until you sign out, and writes it nowhere. It calls public https
        addresses; <code>EGRESS_ALLOW</code> opens others, such as <code>localhost:1234</code>.
      </p>
      {saving.error !== null && <p role="alert">{saving.error.message}</p>}
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" why={isMissing ? 'Enter a base URL and a model' : null}>
          Use it
        </Button>
        {endpoint.base_url !== null && <Button onClick={() => forgetting.mutate()}>Forget it</Button>}
      </div>
    </form>
  )
}
