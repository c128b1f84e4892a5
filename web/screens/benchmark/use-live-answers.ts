import { useEffect, useState } from 'react'
import { onLiveText, type TextState } from '../../api/live-text.ts'
import { cut, type LiveAnswers, withNews } from './live-answers.ts'

/** The answers of a run while it is measured, if they are wanted. */
export function useLiveAnswers(run: string, isWanted: boolean) {
  const [answers, setAnswers] = useState<LiveAnswers>(new Map())
  const [state, setState] = useState<TextState | null>(null)
  const [lost, setLost] = useState(0)
  useEffect(() => {
    if (!isWanted) return undefined
    const leave = onLiveText(run, {
      onText: (news) => {
        setAnswers((before) => withNews(before, news))
        setLost((before) => before + news.lost)
      },
      onState: (said) => {
        setAnswers(cut)
        setState(said)
      },
    })
    return () => {
      leave()
      setAnswers(new Map())
      setState(null)
    }
  }, [run, isWanted])
  return { answers, state, lost }
}

export type Shown = ReturnType<typeof useLiveAnswers>
