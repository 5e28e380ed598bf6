// Holds the SDL file named on the command line to Relay's rules; prints what does not fit, as JSON.
import { readFile } from 'node:fs/promises';
import graphqlEslint from '@graphql-eslint/eslint-plugin';
import { Linter } from 'eslint';

const RULES = {
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: true }],
  '@graphql-eslint/relay-connection-types': 'error',
  '@graphql-eslint/relay-edge-types': [
    'error',
    // Connections have `nodes` beside `edges`: lists that wrap no edge are meant.
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  '@graphql-eslint/relay-page-info': 'error',
};

const sdl = await readFile(process.argv[2], 'utf8');
const messages = new Linter({ configType: 'flat' }).verify(
  sdl,
  [
    {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': graphqlEslint.default ?? graphqlEslint },
      languageOptions: {
        parser: (graphqlEslint.default ?? graphqlEslint).parser,
        parserOptions: { graphQLConfig: { schema: sdl } },
      },
      rules: RULES,
    },
  ],
  'hub.graphql',
);
// A stream goes forward only, which Relay allows; the rule can be told so for all connections or for none.
const lines = sdl.split('\n');
const begins = lines.indexOf('type Subscription {') + 1;
const ends = begins === 0 ? 0 : lines.indexOf('}', begins) + 1;
const backward = /argument `(last|before)`/;
const meant = ({ ruleId, line, message }) =>
  ruleId === '@graphql-eslint/relay-arguments' && line > begins && line < ends && backward.test(message);

console.log(JSON.stringify(messages.filter((each) => !meant(each)).map(({ ruleId, line, column, message }) => ({ ruleId, line, column, message }))));
