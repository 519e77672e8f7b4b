// The commonest passwords as a text file, from the npm package zxcvbn (Dropbox's estimator, MIT):
//   node compile_passwords.cjs OUTPUT NODE_MODULES
// Its list is 30,000 long, the commonest first: the first 3,000, and all that are as long as a
// password must be here.
const { writeFileSync } = require('node:fs');
const { resolve } = require('node:path');

const [, , output, modules] = process.argv;
const commonest = 3000;
const charactersMin = 12; // src/access/access_limits.h
const all = require(resolve(modules, 'zxcvbn/lib/frequency_lists.js')).passwords;
const kept = all.filter((word, rank) => rank < commonest || word.length >= charactersMin);
if (kept.length < commonest) throw new Error(`only ${kept.length} passwords were found`);
writeFileSync(output, kept.join('\n') + '\n');
