// An identity provider for tests: npm's oidc-provider with the keys of a file, as its documentation sets it up.
//
//     node provider.js PORT KEYS.json AUDIENCE
//
// POST /control/reload takes the file's keys anew; the provider's own logins (any name, any password) are its
// development interactions.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { X509Certificate } from 'node:crypto'
import { Provider } from 'oidc-provider'

const [port, file, audience] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`

function provide() {
  const { keys } = JSON.parse(readFileSync(file, 'utf8'))
  return new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'records-office',
        client_secret: 'secret-of-the-records-office',
        grant_types: ['authorization_code'],
        redirect_uris: ['https://records.example/callback'],
      },
      {
        client_id: 'records-office-bound',
        client_secret: 'secret-of-the-bound-records-office',
        grant_types: ['authorization_code'],
        redirect_uris: ['https://records.example/callback'],
        tls_client_certificate_bound_access_tokens: true,
      },
    ],
    scopes: ['openid', 'hub'],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['of-a-test'] },
    features: {
      devInteractions: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx) => {
          const sent = ctx.get('client-cert')
          return sent ? new X509Certificate(Buffer.from(sent.slice(1, -1), 'base64')) : undefined
        },
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'hub',
          audience,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
        useGrantedResource: () => true,
      },
    },
  })
}

let answer = provide().callback()
createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/control/reload') {
    answer = provide().callback()
    response.end('reloaded')
  } else {
    answer(request, response)
  }
}).listen(Number(port), '127.0.0.1', () => console.log(`ready at ${issuer}`))
