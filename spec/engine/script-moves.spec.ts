import { expect } from 'chai';
import type { ScriptEntry } from '../../lib/engine/script-entry.ts';
import { sourceOf } from '../../lib/engine/script-source.ts';
import { SCRIPTS } from '../../lib/engine/script-table.ts';
import { readPage } from '../support/pages.ts';

const TABLE: Readonly<Record<string, ScriptEntry>> = SCRIPTS;
const [, section = ''] =
  /## Which script moves what\n(.*?)\n## /s.exec(readPage('docs/how-it-works.md')) ?? [];
const [, diagram = ''] = /```mermaid\n(.*?)```/s.exec(section) ?? [];
const text = section.replace(diagram, '');

const inDiagram = [...diagram.matchAll(/ : (.+)$/gm)].flatMap(([, names = '']) => names.split(', '));
const inText = [...text.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);

/** What writes to a place: lists and sets of ids, and the records themselves where they come or go. */
const MOVES = new RegExp(
  `'(?:LPUSH|RPUSH|RPOP|LREM|LTRIM|LSET|ZADD|ZREM|SADD|SREM|HSETNX|UNLINK)', ` +
    `(?:waiting|active|delayed|succeeded|failed|front|line|list|to|back|jobs|groupOf)\\b|delay\\(delayed,`,
);

describe('the diagram of what moves jobs', () => {
  it('names every script that does, or the text beside it', () => {
    const moving = Object.entries(TABLE)
      .filter(([name, { roles }]) => !roles && MOVES.test(sourceOf(name)))
      .map(([name]) => name);
    const untold = moving.filter((name) => !inDiagram.includes(name) && !inText.includes(name));

    expect(moving).to.include.members(['take', 'settle', 'promote-due', 'recover', 'place-stray']);
    expect(untold).to.deep.equal([]);
  });

  it('names no script that there is not, and none that moves nothing', () => {
    expect(inDiagram.length).to.be.above(20);
    expect(inDiagram.filter((name) => !(name in TABLE))).to.deep.equal([]);
    expect(inDiagram.filter((name) => name in TABLE && !MOVES.test(sourceOf(name)))).to.deep.equal([]);
  });

  it('leads from and to the places that there are', () => {
    const places = [...diagram.matchAll(/^ *(\S+) --> (\S+) : /gm)].flatMap(([, from, to]) => [from, to]);
    const known = ['[*]', 'waiting', 'active', 'delayed', 'succeeded', 'failed', 'group'];

    expect([...new Set(places)].sort()).to.deep.equal(known.sort());
  });
});
