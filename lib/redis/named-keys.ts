/** How many keys a command has that is not about one alone. */
const KEY_COUNTS: Readonly<Record<string, number>> = { blmove: 2 };

/**
 * Names the key in an error that is about its type. Redis does not say which it was; our scripts do, and of any other
 * command ioredis keeps with the error what it was. Any other error stays as it is.
 */
export function nameKeys(error: Error): Error {
  if (!error.message.startsWith('WRONGTYPE Operation') || !('command' in error)) return error;
  const { command } = error;
  if (typeof command !== 'object' || command === null || !('name' in command) || !('args' in command)) {
    return error;
  }
  const { name, args } = command;
  if (typeof name !== 'string' || !Array.isArray(args)) return error;
  const keys = args.slice(0, KEY_COUNTS[name.toLowerCase()] ?? 1);
  const told = ` (${[name, ...keys].join(' ')})`;
  if (!error.message.endsWith(told)) error.message += told;
  return error;
}
