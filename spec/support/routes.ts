import type { Router } from 'express';

/** The routes that a router has, however deep: method and path as it knows them. */
export function routesOf(router: Router): string[] {
  return router.stack.flatMap(({ route, handle }): string[] => {
    if (route) {
      const methods = [...new Set(route.stack.map(({ method }) => method))];
      return [route.path].flat().flatMap((path) => methods.map((method) => `${method} ${path}`));
    }
    return 'stack' in handle ? routesOf(handle as Router) : [];
  });
}
