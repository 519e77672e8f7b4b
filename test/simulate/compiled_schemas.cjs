// Says which response schemas of a specification Prism cannot compile: those it would pass over in
// silence. Arguments: the folder of its packages, the specification.
const { createRequire } = require('node:module');

const [folder, specification] = process.argv.slice(2);
const load = createRequire(folder + '/@stoplight/prism-http/');
const { getHttpOperationsFromSpec } = load('@stoplight/prism-http');
const Ajv = load('ajv').default;

getHttpOperationsFromSpec(specification).then((operations) => {
  const options = { allErrors: true, allowUnionTypes: true, strict: false, logger: false };
  const refused = [];
  let compiled = 0;
  for (const operation of operations)
    for (const response of operation.responses)
      for (const content of response.contents ?? []) {
        if (!content.schema) continue;
        try {
          new Ajv(options).compile({ ...content.schema, __bundled__: operation.__bundled__ });
          ++compiled;
        } catch (error) {
          refused.push(`${operation.method} ${operation.path} ${response.code}: ${error.message}`);
        }
      }
  console.log(JSON.stringify({ compiled, refused }));
});
