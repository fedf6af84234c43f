// Python in a worker of its own, so that the page never waits for it.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const fetched = async (name) => {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} cannot be loaded (${answer.status})`);
  return answer.arrayBuffer();
};

let python;
let session;
let detection;

const start = async () => {
  const files = Promise.all([fetched("python.zip"), fetched("template.pickle")]);
  python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  const [code, template] = await files;
  python.unpackArchive(code, "zip", { extractDir: "/code" });
  python.FS.writeFile("/template.pickle", new Uint8Array(template));
  session = python.runPython(`
import sys
sys.path.insert(0, "/code")
from website.browser.session import opened
opened("/template.pickle")
`);
};
const started = start();

// What a pasted file says needs all of the command's detection, which most visitors never load
const read = async (request) => {
  detection ??= (async () => {
    const code = await fetched("detection.zip");
    python.unpackArchive(code, "zip", { extractDir: "/code" });
    return python.runPython(`
import importlib
importlib.invalidate_caches()
from website.browser import pasted
pasted.read
`);
  })();
  return JSON.parse((await detection)(request, session.renderer));
};

const answers = {
  choose: (request) => JSON.parse(session.choose(request)),
  archive: (folder) => {
    const made = session.archive(folder);
    const bytes = made.toJs();
    made.destroy();
    return bytes;
  },
  read,
};

self.onmessage = async ({ data: { id, what, request } }) => {
  try {
    await started;
    self.postMessage({ id, result: await answers[what](request) });
  } catch (error) {
    self.postMessage({ id, failure: String(error.message ?? error) });
  }
};
