import { duration, tokenRate } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Bar } from '../../ui/bar.tsx'
import { Answers } from './answers.tsx'
import { type Call, callName, type Heard } from './call.ts'
import { useLiveAnswers } from './use-live-answers.ts'
import styles from './run.module.css'
import { TextNote } from './show-text.tsx'
import { useBenchmarkSearch } from './use-search.ts'
import { progressByProvider, type TargetLine } from './view.ts'

type InHand = Heard['inHand'] extends ReadonlyMap<string, infer Probe> ? Probe : never

/** How far each provider is, what is being called, and what it answers if that is to be shown. */
export function Cards({
  run,
  targets,
  calls,
  inHand,
  nameOf,
}: {
  run: string
  targets: readonly TargetLine[]
  calls: readonly Call[]
  inHand: readonly InHand[]
  nameOf: (provider: string) => string
}) {
  const { stream = false } = useBenchmarkSearch()
  const shown = useLiveAnswers(run, stream)
  // Whoever came while a call was in hand has not heard it begin.
  const begun = [...shown.answers.values()].filter(({ isOver }) => !isOver).map(({ probe }) => probe)
  const known = [...new Map([...inHand, ...begun].map((probe) => [probe.id, probe])).values()]
  return (
    <>
      {stream && <TextNote shown={shown} />}
      <ul className={`${styles.cards} ${stream ? styles.withText : ''}`}>
        {progressByProvider(targets, calls).map(({ provider, models, done, total, failed, last }) => (
          <li key={provider}>
            <div className={styles.line}>
              <strong>{nameOf(provider)}</strong>
              <span>
                {done} / {total}
              </span>
            </div>
            <Bar label={nameOf(provider)} percent={total === 0 ? 100 : (done / total) * 100} isThin />
            <p>
              {nowOf(
                known.filter((probe) => probe.provider === provider),
                done === total,
              ) ?? plural(models.length, 'model')}
            </p>
            <p>
              {last === null ? 'no answer yet' : `last ${tokenRate(last.tps)}, TTFT ${duration(last.ttftMs)}`}
              {failed > 0 && <span className={styles.bad}> · {failed} failed</span>}
            </p>
            {stream && <Answers shown={shown} provider={provider} last={last} />}
          </li>
        ))}
      </ul>
    </>
  )
}

/** What is being called, in words. */
function nowOf(inHand: readonly InHand[], isDone: boolean): string | null {
  const [first] = inHand
  if (first === undefined) return isDone ? 'done' : null
  const others = inHand.length === 1 ? '' : `, and ${inHand.length - 1} more`
  return `${callName({ ...first, context: first.context_tokens ?? 0 })}${others}`
}
