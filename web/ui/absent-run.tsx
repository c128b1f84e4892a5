import { Link } from '@tanstack/react-router'
import { Absent } from './absent.tsx'

/** A run that is not there: its address is wrong, or it was deleted. */
export const AbsentRun = ({ id }: { id: string }) => (
  <Absent
    kind="run"
    id={id}
    why="A run calls models once or many times. This one was never started here, or was deleted."
  >
    <Link to="/history">See every run</Link>
    <Link to="/benchmark">Make one</Link>
  </Absent>
)
