import { Link } from '@tanstack/react-router'
import { isId } from '../../format/words.ts'
import { Absent } from '../../ui/absent.tsx'

/** A target that is not there: its address is wrong, or it was deleted. */
export const Unknown = ({ id }: { id: string }) => (
  <Absent
    title="There is no such target"
    id={id}
    why={
      isId(id)
        ? 'A target is a model that is benchmarked. This one was deleted, or belongs to another installation.'
        : 'That is not the id of a target: the address was cut off or changed on its way.'
    }
  >
    <Link to="/">See every target</Link>
    <Link to="/models">Add a model to benchmark</Link>
    <Link to="/history">Look for its results in the history</Link>
  </Absent>
)
