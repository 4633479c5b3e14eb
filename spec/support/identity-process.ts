// An OpenID provider on a free port of 127.0.0.1: `identity-process.ts <address that people are sent back to>`. Says its
// own address on standard output. Whoever signs in as `ada+ops+mail` is of the groups ops and mail.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [redirectUrl = ''] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'apiary',
        client_secret: 'a secret of the specs'.replaceAll(' ', '-'),
        redirect_uris: [redirectUrl],
      },
    ],
    claims: { openid: ['sub', 'groups'], profile: ['preferred_username'] },
    cookies: { keys: ['a key of the specs'] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, id: string) => {
      const [name, ...groups] = id.split('+');
      return { accountId: id, claims: async () => ({ sub: id, preferred_username: name, groups }) };
    },
  });
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});
