import { useId, useState } from 'react'
import { spoken } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Mark } from '../../ui/state.tsx'
import { type Answer, type Failure, isOpen } from './answer.ts'
import styles from './chat.module.css'
import { Copy } from './copy.tsx'
import { curlOf } from './curl.ts'
import { apart } from './events.ts'
import { Figures } from './figures.tsx'
import type { ModelName } from './use-chat.ts'

/** An answer as it comes, with what is measured of it. */
export function AnswerView({
  answer,
  name: { label, at },
  onRetry,
}: {
  answer: Answer
  name: ModelName
  /** Asks once more; null for what is not the last question. */
  onRetry: (() => void) | null
}) {
  return (
    <article className={styles.answer} aria-label={`Answer of ${label}`} aria-busy={isOpen(answer)}>
      <header>
        <strong title={label}>{label}</strong>
        {at !== '' && <small>{at}</small>}
        {answer.state === 'stopped' && (
          <Mark like="paused" word="stopped" note="The connection to the provider was closed" />
        )}
      </header>
      <Body answer={answer} />
      <footer>
        <Figures answer={answer} />
        <Acts answer={answer} onRetry={onRetry} />
      </footer>
    </article>
  )
}

function Body({ answer }: { answer: Answer }) {
  const { text, reasoning } = apart(answer)
  const isEmpty = text + reasoning === ''
  return (
    <>
      {reasoning !== '' && <Reasoning text={reasoning} />}
      {text !== '' && <p className={styles.text}>{text}</p>}
      {answer.state === 'waiting' && <p className={styles.none}>Waiting for the first token</p>}
      {answer.state === 'done' && isEmpty && <p className={styles.none}>The answer has no text.</p>}
      {answer.failure !== null && <Refusal failure={answer.failure} />}
    </>
  )
}

/** Thinking, apart from what is said: its last lines, so that what stands below stays in its place, or all of it. */
function Reasoning({ text }: { text: string }) {
  const id = useId()
  const [isWhole, setWhole] = useState(false)
  return (
    <div className={styles.reasoning}>
      <button type="button" aria-expanded={isWhole} aria-controls={id} onClick={() => setWhole(!isWhole)}>
        Reasoning <span>{isWhole ? 'show less' : 'show all'}</span>
      </button>
      <div id={id} className={isWhole ? '' : styles.end}>
        <p>{text}</p>
      </div>
    </div>
  )
}

/** What whoever refused says, and who that was. */
function Refusal({ failure: { status, kind, message } }: { failure: Failure }) {
  const words = [status === null || status === 0 ? '' : `HTTP ${status}`, spoken(kind ?? '')]
  return (
    <div className={styles.refusal}>
      <Mark like="down" word={words.filter((word) => word !== '').join(', ') || 'failed'} />
      <p>{message}</p>
    </div>
  )
}

function Acts({ answer, onRetry }: { answer: Answer; onRetry: (() => void) | null }) {
  const { text } = apart(answer)
  const curl = curlOf(answer)
  const isComing = isOpen(answer)
  return (
    <span className={styles.acts}>
      {onRetry !== null && (
        <Button kind="quiet" why={isComing ? 'The answer is still coming' : null} onClick={onRetry}>
          Retry
        </Button>
      )}
      {!isComing && text !== '' && <Copy text={text} label="Copy" />}
      {curl !== null && <Copy text={curl} label="Copy as curl" />}
    </span>
  )
}
