import { useState } from 'react'
import type { Channel, Delivery } from '../../api/incident-queries.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { channelNames, kindNames } from '../../ui/incident-words.ts'
import { whyOwned } from '../../ui/owned.ts'
import { Mark } from '../../ui/state.tsx'
import { ChannelForm } from './channel-dialog.tsx'
import styles from './incidents.module.css'
import { useChannel } from './use-channel.ts'

/** A channel: what it is told, whether that works, and what can be done about it. */
export function ChannelLine({ channel }: { channel: Channel }) {
  const { name, kind } = channel
  const acts = useChannel(channel)
  return (
    <li aria-label={name}>
      <div className={styles.channel}>
        <strong>{name}</strong>
        <span className={styles.about}>
          {channelNames[kind]}, {originOf(channel)} · told of {toldOf(channel)}
        </span>
      </div>
      <State channel={channel} />
      <Health channel={channel} />
      <Acts channel={channel} acts={acts} />
      <Reason channel={channel} />
      <output className={styles.tested}>
        {acts.test.error !== null && <span className={styles.wrong}>{acts.test.error.message}</span>}
        {acts.test.data !== undefined && <Tested delivery={acts.test.data} />}
      </output>
    </li>
  )
}

/** Where it comes from. */
function originOf({ source, owned_by: owner }: Channel): string {
  if (source === 'environment') return 'by variables of the server'
  return owner === null ? 'entered here' : 'from firsttoken.yaml'
}

/** `everything`, `minor and worse: slow, drift`, `everything, and of each week`. */
function toldOf({ min_severity: least, kinds, weekly }: Channel): string {
  const severity = {
    info: '',
    minor: 'minor and worse',
    major: 'major and worse',
    critical: 'what is critical',
  }[least]
  const named = kinds.map((kind) => kindNames[kind]).join(', ')
  const incidents = [severity, named].filter(Boolean).join(': ') || 'everything'
  return weekly ? `${incidents}, and of each week` : incidents
}

function State({ channel: { enabled, problem } }: { channel: Channel }) {
  if (!enabled) return <Mark like="paused" word="off" />
  return problem === null ? <Mark like="up" word="on" /> : <Mark like="down" word="cannot send" />
}

/** Why it is off, or cannot send. */
function Reason({ channel: { enabled, problem, disabled_reason: off } }: { channel: Channel }) {
  if (enabled) return problem !== null && <p className={styles.wrong}>It {problem}.</p>
  return off !== null && <p className={styles.about}>It is off: {off}.</p>
}

function Health({
  channel: { last_sent_at: sent, n_waiting: waiting, consecutive_failures: failures },
}: {
  channel: Channel
}) {
  const rest = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(failures > 0 ? [`${plural(failures, 'failure')} in a row`] : []),
  ]
  return (
    <span className={styles.health}>
      <span>
        {sent === null ? (
          'nothing sent yet'
        ) : (
          <>
            sent <Ago at={sent} />
          </>
        )}
      </span>
      {rest.length > 0 && (
        <span className={failures > 0 ? styles.wrong : styles.about}>{rest.join(', ')}</span>
      )}
    </span>
  )
}

function Acts({
  channel,
  acts: { test, turn, remove },
}: {
  channel: Channel
  acts: ReturnType<typeof useChannel>
}) {
  const { name, enabled, source, owned_by: owner } = channel
  const busy = turn.isPending || remove.isPending ? 'It is being changed' : null
  const kept = whyOwned(owner) ?? busy
  const untested = test.isPending ? 'A test is being sent' : enabled ? busy : 'It is off'
  return (
    <span className={styles.actions}>
      <Button aria-label={`Test ${name}`} why={untested} onClick={() => test.mutate()}>
        {test.isPending ? 'Testing' : 'Test'}
      </Button>
      <Button
        kind="quiet"
        aria-label={`Switch ${enabled ? 'off' : 'on'} ${name}`}
        why={enabled ? kept : busy}
        onClick={() => turn.mutate()}
      >
        {enabled ? 'Switch off' : 'Switch on'}
      </Button>
      {source === 'entered' && <Change channel={channel} why={kept} onDelete={remove.mutate} />}
    </span>
  )
}

/** Changing and deleting one that was entered. */
function Change({ channel, why, onDelete }: { channel: Channel; why: string | null; onDelete: () => void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button kind="quiet" aria-label={`Edit ${channel.name}`} why={why} onClick={() => setOpen(true)}>
        Edit
      </Button>
      {isOpen && <ChannelForm channel={channel} onClose={() => setOpen(false)} />}
      <Button kind="quiet" aria-label={`Delete ${channel.name}`} why={why} onClick={() => onDelete()}>
        Delete
      </Button>
    </>
  )
}

/** What became of a test. */
function Tested({ delivery: { state, last_error: error, attempts } }: { delivery: Delivery }) {
  if (state === 'sent') return <Mark like="up" word="The test arrived" />
  return (
    <span className={styles.wrong}>
      The test did not arrive{attempts > 0 && ` in ${plural(attempts, 'attempt')}`}
      {error !== null && `: it ${error}`}
      {state === 'dead' ? '.' : '. It is tried again.'}
    </span>
  )
}
