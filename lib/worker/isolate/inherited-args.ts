/** Options of Node that a program gets instead of a file; with a file they are an error, or run it again. */
const PROGRAMS = ['-e', '--eval', '-p', '--print', '-pe'];
/** And those that are of one process: a debugger has one port, a watch one program, a run of tests its own children. */
const OF_ONE = /^--(inspect|watch|test|input-type|cpu-prof|heap-prof)/;

/** Which options of Node a process hands on that starts another to run a file. */
export function inheritedArgs(execArgv: readonly string[]): string[] {
  return execArgv.filter((arg, at) => {
    if (PROGRAMS.includes(arg) || PROGRAMS.includes(execArgv[at - 1] ?? '')) return false;
    return !OF_ONE.test(arg) && !/^--(eval|print)=/.test(arg);
  });
}
