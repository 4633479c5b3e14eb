/** One command of a shell: what it sets before it, its program and its words; without a program it only sets. */
export interface Command {
  text: string;
  sets: readonly string[];
  program: string;
  words: readonly string[];
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=/;

/** The commands of a script, in order; of the shell's grammar it knows what the pages use. */
export function commandsOf(script: string): Command[] {
  const joined = script.replaceAll(/\\\n\s*/g, ' ');
  return splitCommands(joined).flatMap((text) => {
    const words = wordsOf(text);
    const first = words.findIndex((word) => !ASSIGNMENT.test(word));
    const head = first === -1 ? words : words.slice(0, first);
    if (words.length === 0) return [];
    const sets = head.flatMap((word) => ASSIGNMENT.exec(word)?.[1] ?? []);
    const rest = words.slice(head.length);
    return [{ text: text.trim(), sets, program: rest[0] ?? '', words: rest.slice(1) }];
  });
}

/** Parts a script at line ends and operators that stand in no quotes; comments are left out. */
function splitCommands(script: string): string[] {
  const parts = script.matchAll(/'[^']*'|"[^"]*"|(?<=^|\s)#.*|&&|\|\|?|[;()\n]|[^\s'"#&|;()]+|[^\S\n]+|./g);
  const commands = [''];
  for (const [part] of parts) {
    if (/^(&&|\|\|?|[;()\n])$/.test(part)) commands.push('');
    else if (!part.startsWith('#')) commands[commands.length - 1] += part;
  }
  return commands.filter((command) => command.trim() !== '');
}

function wordsOf(command: string): string[] {
  const found = command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return [...found].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}
