import styles from './chat.module.css'
import { AnswerView } from './answer-view.tsx'
import { type Answer, isOpen } from './answer.ts'
import type { Turn } from './conversation.ts'
import { duration } from '../../format/numbers.ts'
import type { ModelName } from './use-chat.ts'

/** A question and its answers, beside each other where there is room. */
export function TurnView({
  turn: { prompt, answers },
  nameOf,
  onRetry,
}: {
  turn: Turn
  nameOf: (model: string) => ModelName
  /** Asks once more; null for what is not the last question. */
  onRetry: ((answer: Answer) => void) | null
}) {
  return (
    <article className={styles.turn} aria-label={`Question: ${prompt.slice(0, 80)}`}>
      <p className={styles.prompt}>{prompt}</p>
      <div className={styles.answers}>
        {answers.map((answer, place) => (
          <AnswerView
            key={place}
            answer={answer}
            name={nameOf(answer.model)}
            onRetry={onRetry === null ? null : () => onRetry(answer)}
          />
        ))}
      </div>
      {onRetry !== null && (
        <p className="hidden" role="status">
          {answers.map((answer) => toldOf(answer, nameOf(answer.model))).join(' ')}
        </p>
      )}
    </article>
  )
}

/** What somebody who listens is told: not each token, but how it begins and ends. */
function toldOf(answer: Answer, { label }: ModelName): string {
  if (isOpen(answer)) return `${label} is answering.`
  if (answer.state !== 'done') return `${label} ${answer.state}.`
  const ttft = answer.measured?.ttft_ms ?? null
  return `${label} has answered${ttft === null ? '' : `, ${duration(ttft)} to the first token`}.`
}
