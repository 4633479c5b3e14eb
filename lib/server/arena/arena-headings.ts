/** Of which level a heading of Arena's is to be: the first of a page is of the first, and none is left out. */
const LEVELS: Readonly<Record<string, string>> = { '2': '1', '3': '2', '4': '2', '5': '3' };

/** A template of Arena's with its headings in order; each looks as before, by a class of Bootstrap's. */
export function withHeadings(template: string): string {
  return template
    .replace(/<h([2-5])(?: class="([^"]*)")?>/g, (_all, level: string, classes = '') => {
      return `<h${LEVELS[level]} class="${`h${level} ${classes}`.trim()}">`;
    })
    .replace(/<\/h([2-5])>/g, (_all, level: string) => `</h${LEVELS[level]}>`);
}
