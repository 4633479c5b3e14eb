/** Where the pages of a source are, beside those of our own server. */
export const SOURCES_ADDRESS = '/sources';

/** What stands before each address of a source; names of sources need no encoding. */
export function sourceBase(name: string): string {
  return `${SOURCES_ADDRESS}/${name}`;
}

/** Marks, right before it, the address of a link that leads to another source. */
export const LEADS_ELSEWHERE = { 'data-elsewhere': '' };

/** An attribute with an address of this server that is another one for each source. What is text has no such quote. */
const ADDRESS =
  /(?<! data-elsewhere(?:="")?) (?:href|action|formaction|data-leads-to)="(?=\/(?!\/|(?:assets|sign-out|sources)(?:[/?"]|$)))/gi;

/** Makes all addresses of a rendered page those of the source that it is of. */
export function withinBase(html: string, base: string): string {
  return base === '' ? html : html.replace(ADDRESS, `$&${base}`);
}
