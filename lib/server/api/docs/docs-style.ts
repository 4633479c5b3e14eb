/** How the page of the API looks; within the page, so that it needs no other file. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8d8d8, #444); --soft: light-dark(#5a5a5a, #aaa); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 78rem; padding: 1rem 1.5rem; }
code, .method, .type { font-family: ui-monospace, monospace; font-size: 0.9em; }
nav ul, .fields { list-style: none; margin: 0.2rem 0; padding-left: 1rem; }
nav li { overflow-wrap: anywhere; }
.fields { border-left: 2px solid var(--line); }
article { border-top: 1px solid var(--line); padding: 0.5rem 0; overflow-wrap: anywhere; }
article:target { outline: 2px solid currentColor; outline-offset: 4px; }
h3 { margin: 0.3rem 0; font-size: 1.05rem; }
.note, .place { color: var(--soft); }
.place { font-size: 0.85em; }
.method { font-weight: 700; }
.delete { color: light-dark(#a3132b, #ff8a98); }
.get { color: light-dark(#0b5c2d, #7ddc9f); }
.post, .put, .patch { color: light-dark(#1b4a9b, #8fb8ff); }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 22rem 1fr; column-gap: 2rem; }
  header { grid-column: 1 / -1; }
  nav { position: sticky; top: 0; max-height: 100vh; overflow: auto; align-self: start; font-size: 0.85rem; }
  main { min-width: 0; }
}
`;
