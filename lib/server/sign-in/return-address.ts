const MOST_LENGTH = 1_000;

/** Where somebody goes who has signed in: an address of ours, the overview for anything else. */
export function returnAddress(wanted: unknown): string {
  if (
    typeof wanted !== 'string' ||
    wanted.length > MOST_LENGTH ||
    !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)
  ) {
    return '/';
  }
  const { origin, pathname, search } = new URL(wanted, 'http://monitor.invalid');
  // What begins with two slashes would lead to another site.
  const isOwn = origin === 'http://monitor.invalid' && !/^\/[/\\]/.test(pathname);
  return isOwn ? pathname + search : '/';
}
