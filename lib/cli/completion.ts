/** A command as a shell completes it: its words, what it does, and its options as they are written. */
export interface Completed {
  name: string;
  summary: string;
  flags: readonly string[];
}

/** What each shell is told, for the commands that there are. */
const SCRIPTS = {
  bash: bashScript,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`,
  fish: fishScript,
} as const satisfies Record<string, (commands: readonly Completed[]) => string>;

/** A shell that can complete commands. */
export type Shell = keyof typeof SCRIPTS;

/** The shells that can. */
export const SHELLS: readonly string[] = Object.keys(SCRIPTS);

/** Writes what lets a shell complete the commands and their options; null for a shell that is not known. */
export function completionScript(shell: string, commands: readonly Completed[]): string | null {
  return isShell(shell) ? SCRIPTS[shell](commands) : null;
}

function isShell(name: string): name is Shell {
  return Object.hasOwn(SCRIPTS, name);
}

function bashScript(commands: readonly Completed[]): string {
  const groups = [...groupsOf(commands)];
  const cases = [...groups].map(([first, some]) => {
    const seconds = some.flatMap(({ name }) => name.split(' ').slice(1));
    const words = [...seconds, ...new Set(some.flatMap(({ flags }) => flags))];
    return `    ${first}) words="${words.join(' ')}" ;;`;
  });
  return `_apiary() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${groups.map(([first]) => first).join(' ')}"
  [ "$COMP_CWORD" -gt 1 ] && case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _apiary apiary
`;
}

function fishScript(commands: readonly Completed[]): string {
  const lines = [...groupsOf(commands)].flatMap(([first, some]) => {
    const [only] = some;
    const summary = some.length === 1 ? (only?.summary ?? '') : `look at ${first} and change them`;
    const within = `-n '__fish_seen_subcommand_from ${first}'`;
    return [
      `complete -c apiary -n __fish_use_subcommand -a ${first} -d '${summary}'`,
      ...some.flatMap(({ name, summary: what }) =>
        name
          .split(' ')
          .slice(1)
          .map((second) => `complete -c apiary ${within} -a ${second} -d '${what}'`),
      ),
      ...[...new Set(some.flatMap(({ flags }) => flags))].map(
        (flag) => `complete -c apiary ${within} -l ${flag.slice(2)}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** The commands by their first words. */
function groupsOf(commands: readonly Completed[]): ReadonlyMap<string, readonly Completed[]> {
  const groups = new Map<string, Completed[]>();
  for (const command of commands) {
    const [first = ''] = command.name.split(' ');
    groups.set(first, [...(groups.get(first) ?? []), command]);
  }
  return groups;
}
