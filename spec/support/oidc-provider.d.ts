declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  /** The part of the provider that the specs use. */
  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
  }
}
