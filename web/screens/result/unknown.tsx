import { Link } from '@tanstack/react-router'
import { Absent } from '../../ui/absent.tsx'

/** A result that is not there: its address is wrong, or it was deleted with its run or by its age. */
export const Unknown = ({ id }: { id: string }) => (
  <Absent
    kind="result"
    id={id}
    why="A result is what one call brought. This one was never recorded here, or was deleted: with its run, or because results are kept for a time only. Its numbers are still in the charts of its target."
  >
    <Link to="/history">Look for it in the history</Link>
    <Link to="/">See every target</Link>
  </Absent>
)
