import { Link } from '@tanstack/react-router'
import { Absent } from '../../ui/absent.tsx'

/** A target that is not there: its address is wrong, or it was deleted. */
export const Unknown = ({ id }: { id: string }) => (
  <Absent
    kind="target"
    id={id}
    why="A target is a model that is benchmarked. This one was deleted, or belongs to another installation."
  >
    <Link to="/">See every target</Link>
    <Link to="/models">Add a model to benchmark</Link>
    <Link to="/history">Look for its results in the history</Link>
  </Absent>
)
