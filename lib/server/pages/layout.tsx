import type { ComponentChildren, VNode } from 'preact';
import { assetAddress, SCRIPTS, STYLESHEETS } from './assets.ts';
import { SourceSwitch } from './source-switch.tsx';
import type { Visit } from './visit.ts';
import { Moment } from './when.tsx';

/** Where a page is in the navigation. */
export type Section = 'overview' | 'search' | 'workflows' | 'audit';

/** A page of ours: what is around it is the layout's. */
export interface Page {
  title: string;
  /** The section that the navigation marks; null for none. */
  section: Section | null;
  /** What is shown; regions with `data-refresh` and an id are kept fresh where scripts run. */
  body: ComponentChildren;
  /** Default 200. */
  status?: number;
  /** Whether it loads itself anew where no scripts run; default false. */
  isReloaded?: boolean;
  /** Whether it is kept fresh every second instead of every five; default false. */
  isHurried?: boolean;
}

const RELOAD_S = 10;
const HURRIED_S = 2;
const LINKS = [
  { section: 'overview', href: '/', text: 'Overview' },
  { section: 'search', href: '/search', text: 'Search' },
  { section: 'workflows', href: '/workflows', text: 'Workflows' },
  { section: 'audit', href: '/audit', text: 'Audit' },
] as const;

/** Puts a page into the frame that all have: head, navigation, who is signed in, and where messages appear. */
export function Layout({ page, visit }: { page: Page; visit: Visit }): VNode {
  return (
    <html lang="en">
      <Head page={page} source={visit.source?.name} />
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Top section={page.section} visit={visit} />
        <div id="messages" role="status" aria-live="polite" />
        <main id="main" tabIndex={-1} data-hurried={page.isHurried || undefined}>
          {page.body}
        </main>
        <Footer visit={visit} />
      </body>
    </html>
  );
}

function Top({ section, visit }: { section: Section | null; visit: Visit }): VNode {
  return (
    <header class="top">
      <a class="brand" href="/">
        Apiary
      </a>
      <Navigation section={section} />
      {visit.source && <SourceSwitch source={visit.source} path={pathOf(section)} />}
      <SignedIn visit={visit} />
      <button type="button" id="utc" aria-pressed="false" aria-label="Times in UTC" hidden>
        UTC
      </button>
    </header>
  );
}

/** Of the same section for every source; what is in one of them need not be in another. */
function pathOf(section: Section | null): string {
  return LINKS.find((link) => link.section === section)?.href ?? '/';
}

function Head({ page, source }: { page: Page; source: string | undefined }): VNode {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{[page.title, ...(source === undefined ? [] : [source]), 'Apiary'].join(' · ')}</title>
      <link rel="icon" href="data:," />
      {STYLESHEETS.map((name) => (
        <link key={name} rel="stylesheet" href={assetAddress(name)} />
      ))}
      {SCRIPTS.map((name) => (
        <script key={name} src={assetAddress(name)} defer />
      ))}
      {page.isReloaded && (
        <noscript>
          <meta http-equiv="refresh" content={String(page.isHurried ? HURRIED_S : RELOAD_S)} />
        </noscript>
      )}
    </head>
  );
}

/** The line that says of when a page is. */
export function Footer({ visit }: { visit: Visit }): VNode {
  return (
    <footer>
      <p id="freshness">
        As of <Moment at={visit.now} />
      </p>
    </footer>
  );
}

function SignedIn({ visit: { user, canChange, canSignOut = false } }: { visit: Visit }): VNode {
  return (
    <>
      <p class="signed-in">
        {user !== null && (
          <>
            Signed in as <strong>{user}</strong>
            {!canChange && ' '}
          </>
        )}
        {!canChange && <span class="mark">read-only</span>}
      </p>
      {canSignOut && <SignOut />}
    </>
  );
}

/** Ends this session, or all that somebody has. */
function SignOut(): VNode {
  return (
    <form method="post" action="/sign-out" class="action">
      <button type="submit">Sign out</button>
      <button type="submit" formAction="/sign-out/everywhere">
        Sign out everywhere
      </button>
    </form>
  );
}

function Navigation({ section }: { section: Section | null }): VNode {
  return (
    <nav aria-label="Monitor">
      <ul>
        {LINKS.map((link) => (
          <li key={link.section}>
            <a href={link.href} aria-current={link.section === section ? 'page' : undefined}>
              {link.text}
            </a>
          </li>
        ))}
        <li>
          <a href="/arena/">Arena</a>
        </li>
      </ul>
    </nav>
  );
}
