import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { allTargetsQuery } from '../../api/chat.ts'
import { providersQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Heading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import styles from './chat.module.css'
import { choicesOf } from './choices.ts'
import { Composer } from './composer.tsx'
import { TurnView } from './turn.tsx'
import { useChat } from './use-chat.ts'
import { conversation, useFollowing, useTurns } from './use-conversation.ts'

/** The screen Chat: talking to a model, or to two at once, while their answers are measured. */
export function Chat() {
  const { grant, isAdmin } = useSession()
  const turns = useTurns()
  useEffect(() => {
    // What was said is of whoever was signed in.
    if (grant !== null && !isAdmin) conversation.clear()
  }, [grant, isAdmin])
  const isWide = turns.some(({ answers }) => answers.length > 1)
  return (
    <div className={`${styles.screen} ${isWide ? styles.wide : ''}`}>
      <Heading
        title="Chat"
        ground={
          <>
            <span>each answer passes through the server and is measured there as a probe is</span>
            <span>what is said stays in this tab</span>
          </>
        }
      >
        {isAdmin && turns.length > 0 && <Button onClick={conversation.clear}>Clear</Button>}
      </Heading>
      {isAdmin && <Room />}
      {grant !== null && !isAdmin && <Stranger />}
    </div>
  )
}

const Stranger = () => (
  <section className={styles.stranger} aria-label="No permission">
    <h2>This needs the token of the admin</h2>
    <p>Every answer is paid for with the keys of this installation.</p>
    <SignIn />
  </section>
)

/** What was said, and where more is. */
function Room() {
  const read = useQuery(providersQuery)
  const { data: targets, isPending } = useQuery(allTargetsQuery)
  return (
    <Panel read={isPending ? { ...read, data: undefined } : read} height={400}>
      {({ rows }) => <Talk groups={choicesOf(rows, targets?.rows ?? [])} />}
    </Panel>
  )
}

function Talk({ groups }: { groups: ReturnType<typeof choicesOf> }) {
  const turns = useTurns()
  const chat = useChat(groups)
  useFollowing(turns)
  return (
    <>
      <div className={styles.turns}>
        {turns.length === 0 && <Beginning />}
        {turns.map((turn, index) => (
          <TurnView
            key={turn.id}
            turn={turn}
            nameOf={chat.nameOf}
            onRetry={index === turns.length - 1 ? chat.retry : null}
          />
        ))}
      </div>
      <Composer chat={chat} groups={groups} />
    </>
  )
}

const Beginning = () => (
  <div className={styles.beginning}>
    <h2>Ask a model something</h2>
    <p>
      Its reasoning and its answer stream here, with the time to the first token and the tokens per second.
      Add a second model to put the same question to both at once.
    </p>
  </div>
)
