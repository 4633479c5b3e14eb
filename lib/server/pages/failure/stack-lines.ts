/** A line of a stack, as it is shown. */
export interface StackLine {
  text: string;
  /** Whether it is of the program itself: neither of Node nor of a package. */
  isOwn: boolean;
}

const FRAME = /^\s+at /;
const FOREIGN = /[/\\]node_modules[/\\]|\(?node:|<anonymous>\)?$/;
/** Where in a file a frame is, at the end of its line. */
const PLACE = /:\d{1,9}:\d{1,9}\)?$/;
const SHOWN_PARTS = 3;
const MOST_LINES = 60;
const MOST_CHARACTERS = 500;

/** Takes a stack apart for the eye: paths are cut to their last three parts, and frames of the program told apart. */
export function stackLines(stack: string): StackLine[] {
  return stack
    .split('\n')
    .slice(0, MOST_LINES)
    .map((line) => line.slice(0, MOST_CHARACTERS))
    .map((line) => ({ text: shortened(line), isOwn: FRAME.test(line) && !FOREIGN.test(line) }));
}

function shortened(line: string): string {
  const place = PLACE.exec(line);
  if (place === null) return line;
  const start = Math.max(line.lastIndexOf('(', place.index), line.lastIndexOf(' ', place.index)) + 1;
  const parts = line.slice(start, place.index).split(/[/\\]/);
  if (parts.length <= SHOWN_PARTS || line.startsWith('node:', start)) return line;
  return `${line.slice(0, start)}…/${parts.slice(-SHOWN_PARTS).join('/')}${line.slice(place.index)}`;
}
