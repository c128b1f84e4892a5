import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { send } from '../../api/client.ts'
import { type Channel, channelKindsQuery, channelsQuery } from '../../api/incident-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { channelNames } from '../../ui/incident-words.ts'
import { Panel } from '../../ui/panel.tsx'
import {
  channelBody,
  type ChannelKind,
  channelProblem,
  type EnteredChannel,
  enteredChannel,
  labelOf,
  othersOf,
  problemAt,
  settingProblem,
  settingWords,
} from './channel-form.ts'
import styles from './incidents.module.css'
import { Told } from './told-of.tsx'

interface Opened {
  /** The one to be changed; null for a new one. */
  channel?: Channel | null
  onClose: () => void
}

/** The form of a channel, a new one or one to be changed. */
export function ChannelForm({ channel = null, onClose }: Opened) {
  const read = useQuery(channelKindsQuery)
  return (
    <Dialog title={channel === null ? 'Add a channel' : `Change ${channel.name}`} onClose={onClose}>
      <Panel read={read} height={420}>
        {({ rows }) => <Form types={rows} channel={channel} onClose={onClose} />}
      </Panel>
    </Dialog>
  )
}

const empty: EnteredChannel = {
  name: '',
  kind: 'slack',
  values: {},
  minSeverity: 'info',
  kinds: [],
  weekly: false,
}

interface Filled {
  entered: EnteredChannel
  type: ChannelKind
  /** What the server said of it. */
  error: Error | null
  change: (more: Partial<EnteredChannel>) => void
}

function Form({ types, channel = null, onClose }: Opened & { types: readonly ChannelKind[] }) {
  const [entered, setEntered] = useState(() => (channel === null ? empty : enteredChannel(channel)))
  const change = (more: Partial<EnteredChannel>) => setEntered((before) => ({ ...before, ...more }))
  const type = types.find(({ kind }) => kind === entered.kind) as ChannelKind
  const save = useSave(channel, onClose)
  const why = save.isPending ? 'It is being saved' : channelProblem(entered, type)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (why === null) save.mutate(channelBody(entered, type))
  }
  const others = save.error && othersOf(save.error, type)
  const filled = { entered, type, error: save.error, change }
  return (
    <form className={styles.form} onSubmit={submit}>
      {channel === null && (
        <Field
          label="Name"
          value={entered.name}
          placeholder="slack-ops"
          autoComplete="off"
          problem={problemAt(save.error, 'name')}
          onChange={({ target }) => change({ name: target.value })}
        />
      )}
      <Choice
        label="Kind"
        value={entered.kind}
        onChange={({ target }) => change({ kind: target.value as Channel['kind'], values: {} })}
      >
        {types.map(({ kind }) => (
          <option key={kind} value={kind}>
            {channelNames[kind]}
          </option>
        ))}
      </Choice>
      <Settings {...filled} />
      <Told {...filled} />
      {others !== null && <p role="alert">{others}</p>}
      <Button kind="primary" type="submit" why={why}>
        {channel === null ? 'Add' : 'Save'}
      </Button>
    </form>
  )
}

/** Saves it; one that was switched off stays so. */
function useSave(channel: Channel | null, onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: ReturnType<typeof channelBody>) =>
      send('POST', '/api/v1/channels', { body: { ...body, enabled: channel?.enabled ?? true } }),
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: channelsQuery.queryKey }),
  })
}

/** The settings of its kind. */
const Settings = ({ entered: { kind, values }, type, error, change }: Filled) =>
  type.fields.map((setting) => {
    const { name, secret, fallback } = setting
    const example = secret ? 'ALERT_SECRET_OPS' : settingWords[name]?.example
    return (
      <Field
        key={`${kind} ${name}`}
        label={headOf(setting)}
        value={values[name] ?? ''}
        placeholder={fallback ?? example}
        autoComplete="off"
        spellCheck={false}
        problem={settingProblem(setting, values[name]) ?? problemAt(error, name)}
        onChange={({ target }) => change({ values: { ...values, [name]: target.value } })}
      />
    )
  })

function headOf({ name, needed, secret, fallback }: ChannelKind['fields'][number]): string {
  const what = secret ? `${labelOf(name)}: the variable that holds it` : labelOf(name)
  return needed && fallback === null ? what : `${what} (optional)`
}
