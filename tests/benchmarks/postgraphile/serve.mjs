// PostGraphile with its own server, grafserv, set up as its documentation recommends for production, and for nothing
// but answering: no mutations, no GraphiQL, no watching, no websockets. The environment says where, and GRAPHILE_ENV
// and NODE_ENV are "production".
import { createServer } from "node:http";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgSmartTagsPlugin } from "postgraphile/utils";

// Blind indexes are unique by an index, which makes no field; said to be unique, they make personByIdNumberIndex.
const TagsPlugin = makePgSmartTagsPlugin([
  { kind: "class", match: "person", tags: { unique: "id_number_index" } },
]);

// Plain counts, which are faster than the distinct ones that pg-aggregates has, and counts by county, the first six
// digits of a region's code: both declared as its documentation shows.
const CountsPlugin = {
  name: "CountsPlugin",
  version: "0.0.0",
  schema: {
    hooks: {
      build: {
        after: ["aggregates"],
        callback(build) {
          const { sql, dataplanPg } = build;
          const { TYPES } = dataplanPg;
          build.pgAggregateSpecs.push({
            id: "count",
            humanLabel: "count",
            HumanLabel: "Count",
            isSuitableType: (codec) => codec === TYPES.uuid,
            sqlAggregateWrap: (fragment) => sql`count(${fragment})`,
            pgTypeCodecModifier: () => TYPES.bigint,
          });
          build.pgAggregateGroupBySpecs.push({
            id: "county",
            isSuitableType: (codec) => codec === TYPES.text,
            sqlWrap: (fragment) => sql`left(${fragment}, 6)`,
            sqlWrapCodec: (codec) => codec,
          });
          return build;
        },
      },
    },
  },
};

const preset = {
  extends: [PostGraphileAmberPreset, PgAggregatesPreset],
  plugins: [TagsPlugin, CountsPlugin],
  pgServices: [
    // Without pgSettings no statement needs a transaction.
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 10 },
    }),
  ],
  schema: { defaultBehavior: "-insert -update -delete" },
  grafserv: {
    graphiql: false,
    watch: false,
    websockets: false,
    outputDataAsString: true,
  },
  grafast: { explain: false },
};

const server = createServer();
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
const serv = postgraphile(preset).createServ(grafserv);
await serv.addTo(server);
await serv.ready();
server.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
