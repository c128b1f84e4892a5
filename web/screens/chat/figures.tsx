import { count, duration, tokenRate, unknown, usd } from '../../format/numbers.ts'
import { type Answer, type Measured, seen } from './answer.ts'
import styles from './chat.module.css'

/** What an answer took: as this page sees it while it comes, then as the server has measured it. */
export function Figures({ answer }: { answer: Answer }) {
  const { measured } = answer
  return (
    <dl className={styles.figures}>
      {measured === null ? <Seen answer={answer} /> : <Those answer={answer} measured={measured} />}
    </dl>
  )
}

const Figure = ({ term, value, note }: { term: string; value: string; note?: string }) => (
  <div title={note}>
    <dt>{term}</dt>
    <dd>{value}</dd>
  </div>
)

function Seen({ answer }: { answer: Answer }) {
  const { ttftMs, tps } = seen(answer)
  return (
    <>
      <Figure term="TTFT" value={duration(ttftMs)} note={hereTtft} />
      <Figure term="speed" value={tokenRate(tps)} note={hereTps} />
      <div className={styles.source}>
        <dt className="hidden">source</dt>
        <dd title="As this browser sees the answer arrive; what the server measures takes its place when the answer is over">
          seen here
        </dd>
      </div>
    </>
  )
}

const hereTtft = 'From sending the question to the first token, as this browser sees it'
const hereTps = 'Events a second after the first, each about a token, as this browser sees them'

function Those({ answer, measured }: { answer: Answer; measured: Measured }) {
  const here = seen(answer)
  const { ttft_ms: ttft, tps, total_latency_ms: total, output_tokens: tokens, cost_usd: cost } = measured
  const { reasoning_tokens: thought, timing_quality: quality, timing_reasons: reasons } = measured
  const answered = tokens === null ? unknown : count(tokens)
  return (
    <>
      <Figure
        term="TTFT"
        value={duration(ttft)}
        note={`At the server's socket, from sending the request to the first token, as a probe measures it. In this browser: ${duration(here.ttftMs)}, with opening the connection and the way here.`}
      />
      <Figure
        term="speed"
        value={tokenRate(tps)}
        note={`Output tokens after the first, by the provider's count, a second. In this browser: ${tokenRate(here.tps)}, by events.`}
      />
      <Figure term="total" value={duration(total)} note="From sending the request to the end of the answer" />
      <Figure
        term="tokens"
        value={answered}
        note={`Output tokens${thought === null ? '' : `, of which ${count(thought)} are reasoning`}; input: ${measured.input_tokens ?? unknown}`}
      />
      {cost !== null && <Figure term="cost" value={usd(cost)} />}
      <div className={styles.source}>
        <dt className="hidden">source</dt>
        <dd title={quality === 'ok' ? 'Measured at the socket of the server' : reasons.join('; ')}>
          {quality === 'ok' ? 'measured' : `measured, ${quality}`}
        </dd>
      </div>
    </>
  )
}
