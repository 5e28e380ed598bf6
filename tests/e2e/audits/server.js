// Runs graphql-http's audits against HUB_URL as the viewer of HUB_TOKEN and HUB_PURPOSE; prints what each found, as JSON.
import { auditServer } from 'graphql-http';

const { HUB_URL, HUB_TOKEN, HUB_PURPOSE } = process.env;

function asViewer(url, init = {}) {
  const headers = { ...init.headers, authorization: `Bearer ${HUB_TOKEN}`, 'hub-purpose': HUB_PURPOSE };
  return fetch(url, { ...init, headers });
}

const results = await auditServer({ url: HUB_URL, fetchFn: asViewer });
const found = results.map(({ id, name, status, reason, response }) => ({
  id,
  name,
  status,
  reason,
  answered: response && `${response.status} ${response.headers.get('content-type')}`,
}));
console.log(JSON.stringify(found));
