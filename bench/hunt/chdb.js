// Answers SQL, a statement a line (JSON text), with {"ms", "rows"} a line, in one session of chDB.
//   node chdb.js MODULES FOLDER
const readline = require("readline");
const path = require("path");
const { Session } = require(path.join(process.argv[2], "chdb"));
const session = new Session(process.argv[3]);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  try {
    const begun = process.hrtime.bigint();
    const text = session.query(JSON.parse(line), "TabSeparated");
    const ms = Number(process.hrtime.bigint() - begun) / 1e6;
    console.log(JSON.stringify({ ms, rows: text ? text.split("\n").length - 1 : 0 }));
  } catch (problem) {
    console.log(JSON.stringify({ error: String(problem).slice(0, 300) }));
  }
});
