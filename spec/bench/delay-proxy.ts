import { connect, createServer, type Socket } from 'node:net';

/**
 * A process of its own that adds a delay to each round trip. Every chunk goes on that long after it came, however many
 * are under way, so it is latency and no limit on throughput; and nothing waits for the acknowledgement of what went
 * before.
 */
const [targetPort, delayMs] = process.argv.slice(2).map(Number);

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: '127.0.0.1', port: targetPort ?? 0, noDelay: true });
  client.on('data', (chunk) => setTimeout(() => upstream.write(chunk), delayMs));
  upstream.on('data', (chunk) => client.write(chunk));
  endTogether(client, upstream);
  endTogether(upstream, client);
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit());

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => one.destroy());
  one.on('close', () => setTimeout(() => other.destroySoon(), delayMs));
}
