import { randomBytes } from 'node:crypto';

/** Makes a queue name that no other test uses, so that nothing has to be flushed between tests. */
export function testQueueName(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}
