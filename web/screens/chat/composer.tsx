import { type KeyboardEvent, useId, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import styles from './chat.module.css'
import type { Group } from './choices.ts'
import { EndpointDialog } from './endpoint.tsx'
import { Parameters, parametersText } from './parameters.tsx'
import { mostModels, own } from './search.ts'
import type { ChatState } from './use-chat.ts'

/** Where a question is written, and to whom it goes. */
export function Composer({ chat, groups }: { chat: ChatState; groups: readonly Group[] }) {
  const id = useId()
  const [prompt, setPrompt] = useState('')
  const why = prompt.trim() === '' ? 'Write something first' : chat.missing
  const send = () => {
    if (why !== null || chat.isBusy) return
    chat.ask(prompt)
    setPrompt('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && chat.isBusy) chat.stop()
    // Enter also ends a word of an input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  return (
    <div className={styles.composer}>
      <Who chat={chat} groups={groups} />
      <form
        className={styles.line}
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <label htmlFor={id} className="hidden">
          Message
        </label>
        <textarea
          id={id}
          rows={2}
          placeholder="Ask something; Shift and Enter begin a new line"
          value={prompt}
          onChange={({ target }) => setPrompt(target.value)}
          onKeyDown={onKeyDown}
        />
        {chat.isBusy ? (
          <Button className={styles.send ?? ''} onClick={chat.stop}>
            Stop
          </Button>
        ) : (
          <Button kind="primary" type="submit" className={styles.send ?? ''} why={why}>
            Send
          </Button>
        )}
      </form>
    </div>
  )
}

/** Who answers, and how. */
function Who({ chat, groups }: { chat: ChatState; groups: readonly Group[] }) {
  const [open, setOpen] = useState<'parameters' | 'endpoint' | null>(null)
  const { models, choose } = chat
  const close = () => setOpen(null)
  return (
    <div className={styles.who}>
      {models.map((name, place) => (
        <span key={place} className={styles.model}>
          <Choice
            label={place === 0 ? 'Model' : 'Second model'}
            isBare
            value={name}
            onChange={({ target }) => {
              choose(place, target.value)
              if (target.value === own) setOpen('endpoint')
            }}
          >
            <Options groups={groups} chosen={name} chat={chat} />
          </Choice>
          {place > 0 && (
            <Button kind="quiet" aria-label="Without the second model" onClick={chat.alone}>
              <Icon name="close" />
            </Button>
          )}
        </span>
      ))}
      {models.length < mostModels && (
        <Button kind="quiet" onClick={chat.compare}>
          Add a second model
        </Button>
      )}
      {models.includes(own) && (
        <Button kind="quiet" onClick={() => setOpen('endpoint')}>
          Own endpoint
        </Button>
      )}
      <Button kind="quiet" className={styles.parameters ?? ''} onClick={() => setOpen('parameters')}>
        {parametersText(chat.wanted)}
      </Button>
      {chat.missing !== null && <p className={styles.missing}>{chat.missing}</p>}
      {open === 'parameters' && <Parameters chat={chat} onClose={close} />}
      {open === 'endpoint' && <EndpointDialog onClose={close} />}
    </div>
  )
}

/** The models by their providers, and the endpoint of one's own; also one of the URL that is not among them. */
function Options({ groups, chosen, chat }: { groups: readonly Group[]; chosen: string; chat: ChatState }) {
  const isKnown = chosen === own || groups.some(({ models }) => models.some(({ name }) => name === chosen))
  const { label, at } = chat.nameOf(chosen)
  return (
    <>
      {!isKnown && (
        <option value={chosen}>
          {label} ({at})
        </option>
      )}
      {groups.map(({ provider, models }) => (
        <optgroup key={provider.id} label={provider.name}>
          {models.map(({ name, label: model }) => (
            <option key={name} value={name}>
              {model}
            </option>
          ))}
        </optgroup>
      ))}
      <option value={own}>Own endpoint</option>
    </>
  )
}
