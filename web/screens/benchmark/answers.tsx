import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { textOfResultQuery } from '../../api/benchmark-queries.ts'
import styles from './answers.module.css'
import { type Call, callName } from './call.ts'
import { type LiveAnswer, told } from './live-answers.ts'
import type { Shown } from './use-live-answers.ts'

/** What a provider answers: as it comes, or else its last answer that was recorded. */
export function Answers({
  shown: { answers, state },
  provider,
  last,
}: {
  shown: Shown
  provider: string
  last: Call | null
}) {
  const of = [...answers.values()].filter(({ probe }) => probe.provider === provider)
  const isElsewhere = state === 'elsewhere' || state === 'never'
  if (isElsewhere && of.length === 0 && last !== null) return <Recorded call={last} />
  if (of.length === 0)
    return <Empty text={isElsewhere ? 'No answer is recorded yet.' : 'Nothing has come yet.'} />
  return (
    <div className={styles.answers}>
      {of.map((answer) => (
        <Live key={answer.probe.id} answer={answer} isNamed={of.length > 1} />
      ))}
    </div>
  )
}

function Live({ answer, isNamed }: { answer: LiveAnswer; isNamed: boolean }) {
  const { thinking, answer: said } = told(answer)
  return (
    <div className={styles.answer}>
      {isNamed && <small>{callName({ ...answer.probe, context: answer.probe.context_tokens ?? 0 })}</small>}
      <Lines>
        {thinking !== '' && (
          <p className={styles.thinking}>
            <strong>Reasoning</strong>
            {thinking}
          </p>
        )}
        {said !== '' && <p>{said}</p>}
      </Lines>
    </div>
  )
}

function Recorded({ call }: { call: Call }) {
  const { data } = useQuery(textOfResultQuery(call.id))
  if (data === undefined) return <Empty text="The answer is being read." />
  return (
    <div className={styles.answer}>
      <small>Recorded, {callName({ ...call, iteration: call.run })}</small>
      <Lines>
        <p>{data.result.response_text ?? 'No text of this call was kept.'}</p>
      </Lines>
    </div>
  )
}

const Empty = ({ text }: { text: string }) => (
  <div className={styles.answer}>
    <Lines>
      <p className={styles.none}>{text}</p>
    </Lines>
  </div>
)

/** The last lines, whole ones. */
const Lines = ({ children }: { children: ReactNode }) => (
  <div className={styles.text}>
    <div>
      <div>{children}</div>
    </div>
  </div>
)
