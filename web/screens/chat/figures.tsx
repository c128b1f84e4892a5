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

/** What was measured; of what ended without a token, how long that took. */
function Those({ answer, measured }: { answer: Answer; measured: Measured }) {
  const { ttft_ms: ttft, total_latency_ms: total, cost_usd: cost, timing_quality: quality } = measured
  return (
    <>
      {ttft !== null && <Tokens here={seen(answer)} measured={measured} />}
      <Figure term="total" value={duration(total)} note="From sending the request to the end of the answer" />
      {cost !== null && <Figure term="cost" value={usd(cost)} />}
      <div className={styles.source}>
        <dt className="hidden">source</dt>
        <dd title={quality === 'ok' ? atSocket : measured.timing_reasons.join('; ')}>
          {quality === 'ok' ? 'measured' : `measured, ${quality}`}
        </dd>
      </div>
    </>
  )
}

const atSocket = 'Measured at the socket of the server'

const counted = {
  usage: 'as the provider has counted them',
  tokenizer: 'as a tokenizer counts them: the provider has not said',
  events: 'by events: the provider has not said',
}

const known = (n: number | null): string => (n === null ? unknown : count(n))

function Tokens({ here, measured }: { here: ReturnType<typeof seen>; measured: Measured }) {
  const {
    ttft_ms: ttft,
    tps,
    output_tokens: output,
    reasoning_tokens: reasoning,
    input_tokens: input,
    token_source: source,
  } = measured
  const thinking = reasoning === null ? '' : `, ${count(reasoning)} of them reasoning`
  return (
    <>
      <Figure
        term="TTFT"
        value={duration(ttft)}
        note={`At the socket of the server, from sending the request to the first token, as a probe measures it. In this browser: ${duration(here.ttftMs)}, with opening the connection and the way here.`}
      />
      <Figure
        term="speed"
        value={tokenRate(tps)}
        note={`Tokens after the first a second, ${counted[source ?? 'events']}. In this browser: ${tokenRate(here.tps)}, by events.`}
      />
      <Figure term="tokens" value={known(output)} note={`Output${thinking}. Input: ${known(input)}.`} />
    </>
  )
}
