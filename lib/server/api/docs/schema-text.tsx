import type { ComponentChildren, VNode } from 'preact';

/** A schema of the document, as far as it is shown. */
export interface ShownSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  items?: ShownSchema;
  anyOf?: ShownSchema[];
  oneOf?: ShownSchema[];
  allOf?: ShownSchema[];
  properties?: Record<string, ShownSchema>;
  required?: string[];
  additionalProperties?: boolean | ShownSchema;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** A schema within a schema is shown so deep. */
const DEEPEST = 6;

/** Says what a value may be: in words, and of an object also its fields. */
export function SchemaText({ schema, depth = 0 }: { schema: ShownSchema; depth?: number }): VNode {
  return (
    <>
      <span class="type">{typeText(schema)}</span>
      {depth < DEEPEST && fieldsOf(schema).map((one) => <Fields key={one} schema={one} depth={depth + 1} />)}
    </>
  );
}

/** The objects in a schema whose fields are not shown elsewhere: its own, those of a list, those of alternatives. */
function fieldsOf(schema: ShownSchema): ShownSchema[] {
  if (schema.properties && Object.keys(schema.properties).length > 0) return [schema];
  const inner = [schema.items, ...alternativesOf(schema)].filter((one) => one !== undefined);
  return inner.flatMap(fieldsOf);
}

function Fields({ schema, depth }: { schema: ShownSchema; depth: number }): VNode {
  const { properties = {}, required = [] } = schema;
  return (
    <ul class="fields">
      {Object.entries(properties).map(([name, field]) => (
        <li key={name}>
          <code>{name}</code>
          {required.includes(name) ? '' : '?'} <SchemaText schema={field} depth={depth} />
          {field.description && <span class="note"> {field.description}</span>}
        </li>
      ))}
    </ul>
  );
}

function typeText(schema: ShownSchema): ComponentChildren {
  if (schema.$ref !== undefined) return <SchemaLink name={schema.$ref.split('/').at(-1) ?? ''} />;
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) {
    return alternatives.map((one, at) => (
      <>
        {at > 0 && ' or '}
        {typeText(one)}
      </>
    ));
  }
  if (schema.items) return <>list of {typeText(schema.items)}</>;
  return [plainText(schema), rangeText(schema)].filter((one) => one !== '').join(' ');
}

function alternativesOf({ anyOf = [], oneOf = [], allOf = [] }: ShownSchema): ShownSchema[] {
  return [...anyOf, ...oneOf, ...allOf];
}

function SchemaLink({ name }: { name: string }): VNode {
  return <a href={`#schema-${name}`}>{name}</a>;
}

function plainText({ type, additionalProperties }: ShownSchema): string {
  if (type === undefined) return 'any JSON value';
  if (type === 'object' && typeof additionalProperties === 'object') return 'object by names';
  return [type].flat().join(' or ');
}

/** What no JSON number kept exactly goes beyond need not be said. */
function rangeText({ minimum, maximum, default: given }: ShownSchema): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : `from ${minimum}`;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `to ${maximum}`;
  const left = given === undefined ? '' : `(default ${JSON.stringify(given)})`;
  return [least, most, left].filter((one) => one !== '').join(' ');
}
