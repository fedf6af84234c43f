// Python in a worker of its own, so that the page never waits for it.
import createPyodideModule from "./pyodide/pyodide.asm.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const fetched = async (name) => {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} cannot be loaded (${answer.status})`);
  return answer;
};

// Pyodide waits for ever for a file that does not come, or not whole
let lose;
const lost = new Promise((_, reject) => {
  lose = reject;
});
const fetchWhole = self.fetch;
self.fetch = async (...what) => {
  try {
    const answer = await fetchWhole(...what);
    answer.clone().arrayBuffer().catch(lose);
    return answer;
  } catch (error) {
    lose(error);
    throw error;
  }
};

let python;
let session;
let detection;

// Python's memory after the template was rendered, as website/snapshot.mjs wrote it
const memory = async () => {
  const { body } = await fetched("memory.bin");
  return new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
};

const start = async () => {
  const snapshot = memory();
  const loading = loadPyodide({
    indexURL: new URL("./pyodide/", import.meta.url).href,
    _loadSnapshot: snapshot,
    createPyodideModule: async (settings) => {
      const module = await createPyodideModule(settings);
      // Pyodide puts the snapshot into the memory that is there, which may be too little; what this asks for is overwritten
      module._malloc((await snapshot).length);
      return module;
    },
  });
  python = await Promise.race([loading, lost]);
  session = python.globals.get("session");
};
const started = start();

// What a pasted file says needs all of the command's detection, which most visitors never load
const read = async (request) => {
  detection ??= (async () => {
    const code = await (await fetched("detection.zip")).arrayBuffer();
    python.unpackArchive(code, "zip", { extractDir: "/code" });
    return python.runPython(`
import importlib
importlib.invalidate_caches()
from website.browser import pasted
pasted.read
`);
  })();
  detection.catch(() => {
    detection = undefined; // the next time anew
  });
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
