/** The name under which the monitor and Arena have the server of REDIS_URL. */
export const OWN_SOURCE = 'redis';

const NAME = /^[a-z\d](?:[a-z\d._-]{0,38}[a-z\d])?$/;

/** Whether a text may be the name of a Redis server that the monitor shows. */
export function isSourceName(text: string): boolean {
  return NAME.test(text);
}
