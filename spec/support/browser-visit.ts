/** Somebody who follows addresses, keeps cookies and fills in forms, as a browser does that runs no scripts. */
export class BrowserVisit {
  /** By host and name; a port is no part of it, as browsers have it. */
  readonly cookies = new Map<string, string>();
  /** The addresses that it came by, the last one last. */
  readonly seen: string[] = [];
  /** All that was told to be kept, word by word. */
  readonly setCookies: string[] = [];

  /** Asks for one address and follows none. */
  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { Accept: 'text/html', ...(cookie !== '' && { Cookie: cookie }), ...init.headers };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    this.seen.push(url);
    return response;
  }

  /** Follows where it is sent, up to an address that begins so, which is not asked for. */
  async follow(url: string, until?: string, init: RequestInit = {}): Promise<Response> {
    let response = await this.ask(url, init);
    for (let at = url; response.headers.get('location') !== null; ) {
      at = new URL(response.headers.get('location') ?? '', at).href;
      if (until !== undefined && at.startsWith(until))
        return new Response(null, { headers: { location: at } });
      response = await this.ask(at);
    }
    return response;
  }

  /** Signs in at the provider of the specs, whose page was answered, as somebody; up to an address. */
  async signInAs(page: Response, login: string, until?: string): Promise<Response> {
    let response = page;
    for (const form of [{ prompt: 'login', login, password: 'x' }, { prompt: 'consent' }]) {
      const action = /<form[^>]* action="([^"]*)"/.exec(await response.text())?.[1] ?? '';
      const url = new URL(action, this.seen.at(-1)).href;
      response = await this.follow(url, until, { method: 'POST', body: new URLSearchParams(form) });
      if (
        response.headers.get('location') !== null ||
        (until === undefined && !action.includes('interaction'))
      )
        break;
      if (!this.seen.at(-1)?.includes('/interaction/')) break;
    }
    return response;
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
