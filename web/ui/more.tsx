import type { useInfiniteQuery } from '@tanstack/react-query'
import { Button } from './button.tsx'
import styles from './more.module.css'

/** A list that is read page by page, as far as its end says how to go on. */
export type Paged = Pick<
  ReturnType<typeof useInfiniteQuery<unknown>>,
  'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
>

/** The end of a list: a button for the next page, or that there is none. */
export const More = ({ read, name }: { read: Paged; name: string }) => (
  <p className={styles.more}>
    {read.hasNextPage ? (
      <Button
        why={read.isFetchingNextPage ? 'They are being read' : null}
        onClick={() => void read.fetchNextPage()}
      >
        {name}
      </Button>
    ) : (
      'These are all.'
    )}
  </p>
)
