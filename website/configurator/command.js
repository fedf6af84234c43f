// The command line that gives the files that are shown.
const WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

export const quoted = (word) => (WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const written = (value) => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));

export const command = (given, folder, { template, version }) =>
  [
    "copier copy --defaults",
    ...Object.entries(given).map(([name, value]) => `--data ${quoted(`${name}=${written(value)}`)}`),
    version ? `--vcs-ref v${version}` : "",
    `${quoted(template)} ${quoted(folder)}`,
  ]
    .filter(Boolean)
    .join(" \\\n  ");
