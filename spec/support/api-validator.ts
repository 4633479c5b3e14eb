import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import type { ApiDocument } from '../../lib/server/api/openapi.ts';

/** What came back for a call, with what was called. */
export interface Answered {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  contentType: string;
  body: unknown;
}

/** An operation as far as answers are checked by it. */
interface Operation {
  responses: Record<string, { content: Record<string, object> }>;
}

/**
 * Makes what throws unless an answer is one that the document of the API tells of: its status, its type of content, and
 * no field that the document does not have. Of paths and methods that it does not have, only problems are right.
 */
export function answerValidator(document: ApiDocument): (answered: Answered) => void {
  // The generator types what may be in any document; in ours it is what our routes say.
  const paths = (document.paths ?? {}) as unknown as Record<string, Record<string, Operation>>;
  const patterns = Object.keys(paths).map((path) => ({ path, pattern: patternOf(path) }));
  // What formats there are is for those who read the document.
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'api' });
  const validate = (place: readonly string[], body: unknown): void => {
    const check = ajv.getSchema(`api#/${place.map(escaped).join('/')}`);
    if (!check) throw new Error(`the document has no ${place.join(' ')}`);
    // What went wrong is written down where something did: answers may be long, and nearly all are right.
    if (check(body) !== true)
      expect.fail(`${JSON.stringify(check.errors)}: ${JSON.stringify(body)?.slice(0, 500)}`);
  };
  return ({ method, path, status, contentType, body }) => {
    const template = patterns.find(({ pattern }) => pattern.test(path))?.path ?? '';
    const name = method.toLowerCase();
    const operation = paths[template]?.[name];
    if (!operation) {
      expect(contentType).to.equal('application/problem+json; charset=utf-8');
      return validate(['components', 'schemas', 'Problem'], body);
    }
    const response = operation.responses[status];
    if (!response)
      expect.fail(
        `${name} ${template} answers ${Object.keys(operation.responses)}, not ${status}: ${JSON.stringify(body)}`,
      );
    const [type = ''] = contentType.split(';');
    expect(Object.keys(response.content), `${name} ${template} ${status}`).to.include(type);
    const place = ['paths', template, name, 'responses', String(status), 'content', type, 'schema'];
    validate(place, body);
    if (type === 'application/problem+json') expect(body).to.have.property('status', status);
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
}

/** As a JSON pointer in an address has it. */
function escaped(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
