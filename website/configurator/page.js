// The configurator: what is chosen, and the files that come of it.
import { ask } from "./client.js";
import { command } from "./command.js";
import { show } from "./form.js";
import { changedLines, html } from "./source.js";

const at = (id) => document.getElementById(id);
const FOLDER = "my-service";

let given = {};
let texts = new Map();
let marks = new Map();
let open = "Dockerfile";
let pasted = {};
let told = { template: "gh:copier-slim/copier-slim", version: "" };
let running = false;
let again = false;

const folder = () => (/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/.test(given.project_name ?? "") ? given.project_name : FOLDER);

const say = (text) => {
  at("state").textContent = text;
};

const showFile = () => {
  at("file").innerHTML = html(open, texts.get(open), marks.get(open) ?? new Set());
  at("file").setAttribute("aria-label", open);
};

const showTabs = (order) => {
  const names = ["Dockerfile", ...order.filter((name) => name !== "Dockerfile")];
  if (!texts.has(open)) open = "Dockerfile";
  const tabs = names.map((name) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = name;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(name === open));
    tab.setAttribute("aria-controls", "file");
    tab.tabIndex = name === open ? 0 : -1;
    tab.classList.toggle("changed", Boolean(marks.get(name)?.size));
    tab.addEventListener("click", () => {
      open = name;
      showTabs(order);
      at("files").querySelector('[aria-selected="true"]').focus();
      showFile();
    });
    return tab;
  });
  at("files").replaceChildren(...tabs);
};

at("files").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...at("files").children];
  const now = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  tabs[(now + step + tabs.length) % tabs.length].click();
});

const sizes = (parts) => {
  const sum = (kind) => parts.reduce((whole, part) => whole + part[kind], 0).toFixed(0);
  const each = parts.map((part) => `${part.name} ${part.disk} MB`).join(", ");
  return `About ${sum("disk")} MB on disk and ${sum("pull")} MB to pull, before your dependencies and code: ${each}.`;
};

const take = ({ questions, errors, files, order, sizes: parts, version }, first) => {
  marks = new Map();
  for (const [name, text] of Object.entries(files)) {
    if (text === null) {
      texts.delete(name);
      continue;
    }
    if (!first) marks.set(name, changedLines(texts.get(name) ?? "", text));
    texts.set(name, text);
  }
  if (told.version === "" && told.template.startsWith("gh:")) told = { ...told, version };
  show(questions, errors, { asked: at("asked"), more: at("more") }, choose);
  // A choice shows where it changed something; a reader who chose a file stays with it
  if (!first && !marks.get(open)?.size && marks.get("Dockerfile")?.size) open = "Dockerfile";
  showTabs(order);
  showFile();
  at("command").textContent = command(given, folder(), told);
  at("sizes").textContent = sizes(parts);
  const refused = Object.keys(errors);
  at("download").disabled = at("copy").disabled = refused.length > 0;
  at("files").parentElement.setAttribute("aria-busy", "false");
  say(refused.length ? `${refused.length === 1 ? "An answer" : "Answers"} cannot be: ${refused.join(", ")}` : "The files are current.");
  // The file scrolls to what changed; the page stays where its reader is
  const changed = at("file").querySelector(".changed");
  if (changed) {
    const above = Math.floor(at("file").clientHeight / 3 / changed.offsetHeight); // whole lines
    at("file").scrollTop = Math.max(0, changed.offsetTop - above * changed.offsetHeight);
  }
};

const render = async (first = false) => {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    do {
      again = false;
      take(await ask("choose", JSON.stringify({ given, folder: folder(), source: told.source })), first);
    } while (again);
    document.documentElement.dataset.configurator = "ready";
  } catch (error) {
    say(`This did not work: ${error.message.trim().split("\n").at(-1)}. Reload the page, or use uvx copier copy gh:copier-slim/copier-slim`);
    document.documentElement.dataset.configurator = "failed";
  } finally {
    running = false;
  }
};

const choose = (name, value) => {
  given = { ...given, [name]: value };
  return render();
};

at("reset").addEventListener("click", () => {
  given = {};
  pasted = {};
  at("pasted").value = "";
  at("read-result").textContent = "";
  render();
});

at("download").addEventListener("click", async () => {
  const bytes = await ask("archive", folder());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/zip" }));
  link.download = `${folder()}.zip`;
  link.click();
  URL.revokeObjectURL(link.href);
});

at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(at("command").textContent);
    say("The command is copied.");
  } catch {
    getSelection().selectAllChildren(at("command"));
    say("The command is marked; copy it.");
  }
});

at("read").addEventListener("click", async () => {
  const text = at("pasted").value;
  at("read-result").textContent = "Reading …";
  try {
    const { error, answers, notes, names } = await ask("read", JSON.stringify({ files: { ...pasted, "": text } }));
    if (error) {
      at("read-result").textContent = error;
      return;
    }
    const added = names.find((name) => !(name in pasted)) ?? names.at(-1);
    pasted = { ...pasted, [added]: text };
    at("pasted").value = "";
    given = { ...given, ...answers };
    await render();
    at("read-result").textContent = [`Read: ${names.join(", ")}: ${Object.keys(answers).join(", ")}.`, ...notes].join(" ");
  } catch (failure) {
    at("read-result").textContent = `This did not work: ${failure.message.trim().split("\n").at(-1)}`;
  }
});

at("form").addEventListener("submit", (event) => event.preventDefault());

// For the tests, which compare with a template in a folder
window.configurator = {
  set: (answers, more = {}) => {
    given = answers;
    told = { ...told, ...more };
    return render();
  },
  texts: () => Object.fromEntries(texts),
  archive: () => ask("archive", folder()),
};

at("configurator").hidden = false;
if (typeof WebAssembly !== "object") {
  say("This browser has no WebAssembly, which this page needs. Use uvx copier copy gh:copier-slim/copier-slim instead.");
} else {
  // What is needed offline is fetched once the first files are there, not beside what they need
  render(true).then(() => navigator.serviceWorker?.register(new URL("./offline.js", import.meta.url)).catch(() => {}));
}
