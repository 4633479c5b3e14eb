import { z } from 'zod';
import { type ApiRoute, ok, route } from './api-route.ts';
import { renderDocs } from './docs/docs-page.tsx';
import { type ApiDocument, describeApi } from './openapi.ts';

/** The calls that tell of all others and of themselves: the document of the API, and the page made of it. */
export function documentRoutes(others: readonly ApiRoute[]): ApiRoute[] {
  let document: ApiDocument | null = null;
  let page: string | null = null;
  const describe = (): ApiDocument => {
    document ??= describeApi([...others, ...own]);
    return document;
  };
  const about = { method: 'get', tag: 'api', scope: 'read', isOpen: true } as const;
  const own = [
    route({
      ...about,
      path: '/v1/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document.',
      answers: { 200: z.looseObject({ openapi: z.string() }) },
      run: async () => ok(describe()),
    }),
    route({
      ...about,
      path: '/v1/docs',
      operationId: 'getDocs',
      summary: 'This document as a page to be read.',
      answers: { 200: z.string() },
      isPage: true,
      run: async () => {
        page ??= renderDocs(describe());
        return ok(page);
      },
    }),
  ];
  return own;
}
