// Starts Pyodide with the template, and writes its memory once all of it has been rendered: node snapshot.mjs PYODIDE PYTHON.ZIP TEMPLATE CASES TO
// The page goes on from there, and neither starts Python nor imports or compiles anything.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const [pyodide, code, template, cases, to] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const read = (path) => new Uint8Array(readFileSync(path));

const python = await loadPyodide({ _makeSnapshot: true });
python.unpackArchive(read(code), "zip", { extractDir: "/code" });
python.FS.writeFile("/template.pickle", read(template));
python.FS.writeFile("/cases.json", read(cases));
python.runPython(`
import gc, sys
sys.path.insert(0, "/code")
from website.browser.session import opened
session = opened("/template.pickle", "/cases.json")
gc.collect()
`);
writeFileSync(to, gzipSync(python.makeMemorySnapshot(), { level: 9 }));
