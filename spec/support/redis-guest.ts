import { Redis } from 'ioredis';

/** What a client needs to connect, and nothing more. */
const RIGHTS = ['~*', '&*', '-@all', '+info', '+client', '+select'];

/** Adds the user `guest` with this password to a Redis: he may connect, and do nothing else. */
export async function addGuest(url: string, password: string): Promise<void> {
  const admin = new Redis(url);
  await admin.acl('SETUSER', 'guest', 'on', `>${password}`, ...RIGHTS);
  await admin.quit();
}
