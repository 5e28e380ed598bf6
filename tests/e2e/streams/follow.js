// Follows events with the client that is named first, behind the cursor HUB_AFTER, and prints what it gets as JSON: a
// line "ready" once the answer has begun, a line for each event, and at the end a line for what ended it. HUB_COUNT: events to take.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { createClient } from 'graphql-sse';

const { HUB_URL, HUB_TOKEN, HUB_PURPOSE, HUB_AFTER, HUB_COUNT } = process.env;
const headers = { authorization: `Bearer ${HUB_TOKEN}`, 'hub-purpose': HUB_PURPOSE };
const query = `subscription Follow($after: String) {
  events(after: $after) { nodes { kind sharingRequest { id state } } } }`;
const variables = { after: HUB_AFTER || null };
const print = (line) => console.log(JSON.stringify(line));

let taken = 0;
function take(result, stop) {
  if (result.errors?.length) print({ errors: result.errors.map(({ extensions }) => extensions?.code) });
  for (const node of result.data?.events?.nodes ?? []) {
    print(node);
    if (++taken === Number(HUB_COUNT)) {
      print({ ended: 'taken' });
      stop();
      process.exit(0);
    }
  }
}

// Tells the test when the answer has begun, which no client does.
async function told(url, init) {
  const response = await fetch(url, init);
  print({ ready: response.status, type: response.headers.get('content-type') });
  return response;
}

const clients = {
  'graphql-sse': () => {
    const client = createClient({ url: HUB_URL, headers, fetchFn: told, retryAttempts: 0 });
    const stop = client.subscribe({ query, variables }, {
      next: (result) => take(result, () => stop()),
      error: (error) => print({ ended: 'error', error: String(error) }),
      complete: () => print({ ended: 'complete' }),
    });
  },
  urql: () => {
    const client = new Client({
      url: HUB_URL, exchanges: [fetchExchange], fetchSubscriptions: true, fetch: told, fetchOptions: { headers },
      preferGetMethod: false,
    });
    const { unsubscribe } = client.subscription(query, variables).subscribe((result) =>
      take({ data: result.data, errors: result.error?.graphQLErrors }, () => unsubscribe()));
  },
  apollo: () => {
    const client = new ApolloClient({
      cache: new InMemoryCache(), link: new HttpLink({ uri: HUB_URL, headers, fetch: told }),
    });
    const subscription = client.subscribe({ query: gql(query), variables, fetchPolicy: 'no-cache', errorPolicy: 'all' })
      .subscribe({
        next: (result) => take({ data: result.data, errors: result.error?.errors }, () => subscription.unsubscribe()),
        error: (error) => print({ ended: 'error', error: String(error) }),
        complete: () => print({ ended: 'complete' }),
      });
  },
};
clients[process.argv[2]]();
