// A file as lines of HTML: coloured, and those marked that the last choice changed.
const KINDS = [
  [/\.(py|pth)$/, /\b(def|class|import|from|return|if|elif|else|for|while|with|as|try|except|finally|raise|in|not|and|or|None|True|False|lambda|yield|async|await|global|del|is)\b/],
  [/Dockerfile$/, /^(?:FROM|RUN|COPY|ENV|ARG|WORKDIR|USER|EXPOSE|CMD|HEALTHCHECK|LABEL|VOLUME|ENTRYPOINT)\b|\bAS\b|--[a-z-]+/],
  [/\.(ya?ml|toml|hcl|json|in)$/, /^\s*(?:- )?[\w."$/-]+(?=\s*[:=])|\b(?:true|false|null)\b/],
];

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const coloured = (line, words) => {
  const token = new RegExp(`(#.*$)|("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')${words ? `|(${words.source})` : ""}`, "g");
  let html = "";
  let end = 0;
  for (const found of line.matchAll(token)) {
    // A # in the middle of a word is no comment
    if (found[1] && found.index > 0 && !/\s/.test(line[found.index - 1])) continue;
    const kind = found[1] ? "comment" : found[2] ? "string" : "word";
    html += `${escaped(line.slice(end, found.index))}<span class="source-${kind}">${escaped(found[0])}</span>`;
    end = found.index + found[0].length;
  }
  return html + escaped(line.slice(end));
};

// The lines that are not in the longest common part of both texts
export const changedLines = (before, after) => {
  const [one, other] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let [left, right] = [one.length, other.length];
  while (left > start && right > start && one[left - 1] === other[right - 1]) [left, right] = [left - 1, right - 1];
  const changed = new Set();
  const [rows, columns] = [left - start, right - start];
  if (rows * columns > 4_000_000) {
    for (let at = start; at < right; at += 1) changed.add(at);
    return changed;
  }
  const common = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
  for (let i = rows - 1; i >= 0; i -= 1)
    for (let j = columns - 1; j >= 0; j -= 1)
      common[i][j] =
        one[start + i] === other[start + j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  for (let i = 0, j = 0; j < columns; ) {
    if (i < rows && one[start + i] === other[start + j]) [i, j] = [i + 1, j + 1];
    else if (i < rows && common[i + 1][j] >= common[i][j + 1]) i += 1;
    else changed.add(start + j++);
  }
  return changed;
};

export const html = (name, text, changed) => {
  const words = KINDS.find(([pattern]) => pattern.test(name))?.[1];
  const lines = text.replace(/\n$/, "").split("\n");
  return lines
    .map((line, at) => `<span class="line${changed.has(at) ? " changed" : ""}">${coloured(line, words) || " "}</span>`)
    .join("");
};
