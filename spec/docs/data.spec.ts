import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { BLOCKS, type Block, placeOf } from './blocks.ts';

const KNOWN = [
  'ts',
  'js',
  'sh',
  'bash',
  'python',
  'go',
  'json',
  'yaml',
  'http',
  'dockerfile',
  'ini',
  'nginx',
  'acl',
  'mermaid',
  'text',
  'sql',
];

describe('the data that the documentation shows', () => {
  for (const block of BLOCKS) {
    it(`can be read, as ${block.language} at ${placeOf(block)}`, () => {
      expect(KNOWN).to.include(block.language);
      expect(faultsOf(block)).to.deep.equal([]);
    });
  }

  it('is refused when it cannot be read', () => {
    const block = { page: '', line: 1, path: null, taken: [] };

    expect(faultsOf({ ...block, language: 'json', code: '{"a": }' })).to.have.length(1);
    expect(faultsOf({ ...block, language: 'yaml', code: 'a: [1\nb: 2' })).to.not.be.empty;
    expect(faultsOf({ ...block, language: 'http', code: 'GET /v1/queues\n\n200\n{"a":}\n' })).to.have.length(
      1,
    );
  });
});

/** Why a block cannot be read; a `…` stands for what a block leaves out, so nothing is said of such JSON. */
function faultsOf({ language, code }: Block): string[] {
  if (language === 'json') return jsonFaults(code);
  if (language === 'yaml')
    return parseAllDocuments(code).flatMap((one) => one.errors.map((error) => error.message));
  if (language === 'http')
    return code
      .split(/^(?=\{)/m)
      .slice(1)
      .flatMap(bodyOf)
      .flatMap(jsonFaults);
  return [];
}

/** A body begins in a line of its own and ends with the exchange or before an empty line. */
function bodyOf(text: string): string[] {
  const [body = ''] = text.split('\n\n');
  return body.includes('…') ? [] : [body];
}

function jsonFaults(text: string): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${text}: ${error instanceof Error ? error.message : ''}`];
  }
}
