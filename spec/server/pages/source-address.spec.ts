import { expect } from 'chai';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { LEADS_ELSEWHERE, withinBase } from '../../../lib/server/pages/source-address.ts';

const link = (props: Readonly<Record<string, string>>): string => renderToString(h('a', { ...props }));
const within = (html: string): string => withinBase(html, '/sources/eu');

describe('the addresses of a page of another Redis server', () => {
  it('begin with what stands before it', () => {
    for (const name of ['href', 'action', 'formAction', 'data-leads-to'])
      for (const address of ['/', '/?a=b', '/#x', '/queues/mail', '/arena/', '/sourcesque', '/assetsx'])
        expect(within(link({ [name]: address })), `${name} ${address}`).to.include(`"/sources/eu${address}"`);
  });

  it('are as they were where they are of all, of another or of another site', () => {
    for (const address of [
      '/assets/a.css',
      '/sign-out',
      '/sign-out/everywhere',
      '/sources/us/',
      '//x/y',
      'https://x/',
    ])
      expect(within(link({ href: address }))).to.equal(link({ href: address }));
    expect(within(link({ ...LEADS_ELSEWHERE, href: '/search' }))).to.include('href="/search"');
  });

  it('are none in what somebody wrote', () => {
    const text = '" href="/queues/x" action="/y" <a href="/z">';
    for (const html of [renderToString(h('p', {}, text)), link({ title: text }), link({ value: text })])
      expect(within(html)).to.equal(html);
  });

  it('are not touched on the pages of our own', () => {
    expect(withinBase(link({ href: '/x' }), '')).to.equal('<a href="/x"></a>');
  });
});
