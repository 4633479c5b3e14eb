import { expect } from 'chai';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { TimedText } from '../../../lib/server/pages/timed-text.tsx';

describe('a text with times in it', () => {
  for (const [text, html] of [
    ['none', 'none'],
    ['', ''],
    [
      'due at 2030-01-31T12:00:00.000Z, by <b>',
      'due at <time datetime="2030-01-31T12:00:00.000Z">2030-01-31T12:00:00.000Z</time>, by &lt;b>',
    ],
    [
      '2030-01-31T12:00:00Z2030-01-31T12:00:01Z',
      '<time datetime="2030-01-31T12:00:00Z">2030-01-31T12:00:00Z</time>2030-01-31T12:00:01Z',
    ],
    ['x2030-01-31T12:00:00Z 2030-01-31', 'x2030-01-31T12:00:00Z 2030-01-31'],
  ] as const)
    it(`is ${JSON.stringify(html)}`, () => {
      expect(renderToString(h(TimedText, { text }))).to.equal(html);
    });
});
