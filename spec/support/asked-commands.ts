import { connect } from 'node:net';

/** What programs ask a Redis, but for what its scripts ask within them. */
export interface AskedCommands {
  /** How many commands had a key of this queue in them since the last call of `forget`. */
  of(queue: string): number;
  forget(): void;
  close(): void;
}

/** Listens to all that a Redis is asked, by its MONITOR, for commands about queues of a prefix. */
export function listenToCommands(port: number, prefix: string): AskedCommands {
  const counts = new Map<string, number>();
  const start = `"${prefix}:`;
  let rest = '';
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const at = line.indexOf(start);
      if (at === -1 || / lua\] /.test(line.slice(0, 40))) continue;
      const from = at + start.length;
      const queue = line.slice(from, line.indexOf(':', from));
      counts.set(queue, (counts.get(queue) ?? 0) + 1);
    }
  });
  socket.write('MONITOR\r\n');
  return {
    of: (queue) => counts.get(queue) ?? 0,
    forget: () => counts.clear(),
    close: () => socket.destroy(),
  };
}
