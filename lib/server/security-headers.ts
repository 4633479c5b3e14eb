import { randomBytes } from 'node:crypto';
import { type RequestHandler, type Response, Router } from 'express';
import helmet from 'helmet';

type Directives = Record<string, (string | ((req: unknown, res: unknown) => string))[]>;

/** Nothing from elsewhere and nothing inline: no text that a job brings can become a script or a style of the page. */
const OWN_PAGES: Directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** Arena's pages have inline scripts, which pass by a nonce, and no forms that are sent. */
const ARENA_PAGES: Directives = {
  ...OWN_PAGES,
  // helmet hands over what Express has given it, and knows it as any answer.
  scriptSrc: ["'self'", (_req, res) => `'nonce-${(res as Response).locals['nonce']}'`],
  // The editor of job data writes its styles, and runs its syntax check in a worker made of a blob.
  styleSrc: ["'self'", "'unsafe-inline'"],
  workerSrc: ['blob:'],
  fontSrc: ["'self'"],
  formAction: ["'none'"],
};

/**
 * Sets the headers that tell a browser what it may do with an answer: pages of our own by the strictest policy, those
 * of Arena, of whichever Redis server, by one that it can live with. Puts the nonce of the latter into
 * `res.locals.nonce`. Nothing is stored but what says otherwise by {@link allowCaching}.
 */
export function securityHeaders(): Router {
  const router = Router();
  router.use(setNonce, noStore, headers());
  router.use(policy(OWN_PAGES));
  router.use(['/arena', '/sources/:source/arena'], policy(ARENA_PAGES));
  return router;
}

/** Lets a browser keep an answer for an hour; for files that are the same for everybody and hold no data. */
export function allowCaching(res: Pick<Response, 'setHeader'>): void {
  res.setHeader('Cache-Control', 'public, max-age=3600');
}

const setNonce: RequestHandler = (_req, res, next) => {
  res.locals['nonce'] = randomBytes(16).toString('base64');
  next();
};

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

function headers(): RequestHandler {
  return helmet({
    contentSecurityPolicy: false,
    // Within the monitor it is sent: after an action the way leads back to the page with the form.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Whether the host is to be reached by HTTPS only is for the proxy to say that speaks it.
    strictTransportSecurity: false,
  });
}

function policy(directives: Directives): RequestHandler {
  return helmet.contentSecurityPolicy({ useDefaults: false, directives });
}
