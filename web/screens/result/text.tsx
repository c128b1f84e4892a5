import { duration } from '../../format/numbers.ts'
import { Button } from '../../ui/button.tsx'
import { PartHeading } from '../../ui/heading.tsx'
import styles from './result.module.css'
import { characterCount, type Result, type Timeline } from './stream.ts'
import type { Play } from './use-play.ts'

/** The text as it came: all of it, or what had come by the moment that is played. It is not read unless asked for. */
export function Text({
  result,
  timeline,
  play,
  isShown,
  onShow,
}: {
  result: Result
  timeline: Timeline | null
  play: Play
  /** Whether the text was asked for. */
  isShown: boolean
  onShow: () => void
}) {
  const text = result.response_text ?? null
  return (
    <section className={styles.text} aria-labelledby="text">
      <PartHeading id="text" title="Answer">
        {timeline !== null && timeline.events.length > 0 && <Player play={play} endMs={timeline.end_ms} />}
      </PartHeading>
      {!isShown && (
        <p className={styles.quiet}>
          The text is not read unless you ask for it. <Button onClick={onShow}>Show the text</Button>
        </p>
      )}
      {isShown && text === null && result.response_text !== undefined && (
        <p className={styles.quiet}>No text of this call was kept.</p>
      )}
      {isShown && text !== null && (
        <Written text={text} shown={shownOf(text, timeline, play.at)} isPlaying={play.at !== null} />
      )}
    </section>
  )
}

function Player({ play: { at, isPlaying, toggle, seek }, endMs }: { play: Play; endMs: number }) {
  return (
    <>
      <Button onClick={toggle}>{isPlaying ? 'Pause' : 'Play at its own pace'}</Button>
      <span className={styles.clock}>
        {at === null ? duration(endMs) : `${duration(at)} of ${duration(endMs)}`}
      </span>
      {at !== null && (
        <Button kind="quiet" onClick={() => seek(null)}>
          Show all
        </Button>
      )}
    </>
  )
}

function shownOf(text: string, timeline: Timeline | null, at: number | null): number {
  if (timeline === null || at === null || at >= timeline.end_ms) return text.length
  return characterCount(timeline, at)
}

/** What is to come keeps its place, so that nothing moves when it does. */
function Written({ text, shown, isPlaying }: { text: string; shown: number; isPlaying: boolean }) {
  return (
    <p className={styles.written}>
      {text.slice(0, shown)}
      {isPlaying && <span className={styles.caret} />}
      <span className={styles.coming}>{text.slice(shown)}</span>
    </p>
  )
}
