const MOST = 118;

/** Breaks a text at spaces into lines of at most 118 characters; not within code. */
export function wrap(text: string): string {
  const lines: string[] = [];
  for (const [word] of text.matchAll(/(?:`[^`]*`|[^\s`])+/g)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > MOST) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}
