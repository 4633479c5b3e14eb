/**
 * Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}` and
 * `${NAME:?message}`, also within one another; `$$` is a dollar. Throws the message of a variable that must be set.
 */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at);
    if (rest.startsWith('$$')) {
      result += '$';
      at += 1;
    } else if (rest.startsWith('${')) {
      const inner = bracedAt(rest);
      result += expand(inner, env);
      at += inner.length + 2;
    } else result += text.charAt(at);
  }
  return result;
}

/** What stands between `${` at the beginning of a text and its closing brace. */
function bracedAt(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++;
    else if (text[at] === '}' && --depth === 0) return text.slice(2, at);
  }
  throw new Error(`a brace is not closed in ${text}`);
}

function expand(inner: string, env: Readonly<Record<string, string>>): string {
  const [, name = '', operator, operand = ''] = /^(\w+)(?::([-+?])(.*))?$/s.exec(inner) ?? [];
  if (name === '') throw new Error(`Compose knows no \${${inner}}`);
  const value = env[name] ?? '';
  if (operator === '+') return value === '' ? '' : interpolate(operand, env);
  if (value !== '' || operator === undefined) return value;
  if (operator === '?') throw new Error(`required variable ${name} is missing a value: ${operand}`);
  return interpolate(operand, env);
}
