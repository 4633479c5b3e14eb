import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { ApiDocument } from '../openapi.ts';
import { DOCS_STYLE } from './docs-style.ts';
import { SchemaText, type ShownSchema } from './schema-text.tsx';

/** The document, as far as it is shown. */
interface ShownDocument {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, ShownOperation>>;
  components: { schemas: Record<string, ShownSchema> };
}

/** An operation of it, as far as it is shown. */
interface ShownOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: unknown[];
  parameters?: ShownParameter[];
  requestBody?: { content: Record<string, ShownContent> };
  responses: Record<string, { description: string; content: Record<string, ShownContent> }>;
}

interface ShownParameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: ShownSchema;
}

interface ShownContent {
  schema?: ShownSchema;
}

/** A call with where it is. */
interface Call extends ShownOperation {
  method: string;
  path: string;
}

/** Renders the document of the API as a page that needs nothing but itself: no script, no other file. */
export function renderDocs(document: ApiDocument): string {
  // The generator types what may be in any document; in ours it is what our routes say.
  const { paths, components, tags } = document as unknown as ShownDocument;
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
  return `<!doctype html>${renderToString(<DocsPage {...{ calls, tags, schemas: components.schemas }} />)}`;
}

interface DocsProps {
  calls: readonly Call[];
  schemas: Readonly<Record<string, ShownSchema>>;
  tags: readonly { name: string; description: string }[];
}

function DocsPage({ calls, schemas, tags }: DocsProps): VNode {
  return (
    <html lang="en">
      <Head />
      <body>
        <Introduction />
        <nav aria-label="Calls">
          {tags.map(({ name }) => (
            <Contents key={name} tag={name} calls={calls} />
          ))}
        </nav>
        <main>
          {tags.map((tag) => (
            <TagSection key={tag.name} tag={tag} calls={calls} />
          ))}
          <Schemas schemas={schemas} />
        </main>
      </body>
    </html>
  );
}

function Head(): VNode {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>The HTTP API of Apiary</title>
      <link rel="icon" href="data:," />
      <style dangerouslySetInnerHTML={{ __html: DOCS_STYLE }} />
    </head>
  );
}

function Introduction(): VNode {
  return (
    <header>
      <h1>The HTTP API of Apiary</h1>
      <p>
        As <a href="/v1/openapi.json">OpenAPI 3.1</a>. JSON in and out; times are epoch milliseconds; errors
        are <SchemaText schema={{ $ref: '#/components/schemas/Problem' }} />. With keys, all calls but the
        open ones need <code>Authorization: Bearer &lt;secret&gt;</code>.
      </p>
    </header>
  );
}

function TagSection(props: { tag: DocsProps['tags'][number]; calls: readonly Call[] }): VNode {
  const { name, description } = props.tag;
  return (
    <section id={`tag-${name}`}>
      <h2>{name}</h2>
      <p>{description}</p>
      {ofTag(props.calls, name).map((call) => (
        <CallSection key={call.operationId} call={call} />
      ))}
    </section>
  );
}

function Schemas({ schemas }: Pick<DocsProps, 'schemas'>): VNode {
  return (
    <section id="schemas">
      <h2>schemas</h2>
      {Object.entries(schemas).map(([name, schema]) => (
        <article key={name} id={`schema-${name}`}>
          <h3>{name}</h3>
          <SchemaText schema={schema} />
        </article>
      ))}
    </section>
  );
}

function Contents({ tag, calls }: { tag: string; calls: readonly Call[] }): VNode {
  return (
    <details open>
      <summary>{tag}</summary>
      <ul>
        {ofTag(calls, tag).map(({ operationId, method, path }) => (
          <li key={operationId}>
            <a href={`#${operationId}`}>
              <Method name={method} /> {path}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function ofTag(calls: readonly Call[], tag: string): Call[] {
  return calls.filter(({ tags }) => tags.includes(tag));
}

function CallSection({ call }: { call: Call }): VNode {
  const { method, path, summary, description, security, parameters = [], requestBody, responses } = call;
  const answers = Object.entries(responses).filter(([status]) => isSuccess(status));
  const refusals = Object.keys(responses).filter((status) => !isSuccess(status));
  return (
    <article id={call.operationId}>
      <h3>
        <Method name={method} /> <code>{path}</code>
      </h3>
      <p>
        {summary} <span class="note">{security.length === 0 ? 'Needs no key.' : plain(description)}</span>
      </p>
      {parameters.length > 0 && <Parameters parameters={parameters} />}
      {requestBody && <Content label="Body" content={requestBody.content} />}
      {answers.map(([status, { content }]) => (
        <Content key={status} label={`Answer ${status}`} content={content} />
      ))}
      <p class="note">Refusals: {refusals.join(', ')}</p>
    </article>
  );
}

function isSuccess(status: string): boolean {
  return status.startsWith('2');
}

function Parameters({ parameters }: { parameters: readonly ShownParameter[] }): VNode {
  return (
    <ul class="fields">
      {parameters.map(({ name, in: place, required, description, schema = {} }) => (
        <li key={name}>
          <code>{name}</code>
          {required ? '' : '?'} <span class="place">{place}</span> <SchemaText schema={schema} />
          {description && <span class="note"> {description}</span>}
        </li>
      ))}
    </ul>
  );
}

/** The document may mark code, as Markdown does. */
function plain(text = ''): string {
  return text.replaceAll('`', '');
}

/** Several types of content have one schema: that of the first is shown. */
function Content({ label, content }: { label: string; content: Record<string, ShownContent> }): VNode {
  const types = Object.keys(content);
  const [first] = Object.values(content);
  return (
    <div class="content">
      <strong>{label}</strong> <span class="place">{types.join(', ')}</span>{' '}
      <SchemaText schema={first?.schema ?? {}} />
    </div>
  );
}

function Method({ name }: { name: string }): VNode {
  return <span class={`method ${name}`}>{name.toUpperCase()}</span>;
}
