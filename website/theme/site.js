// The table of system packages can be searched; what scrolls can be reached by keyboard.
const table = document.querySelector("#system-packages ~ table, #system-packages ~ .md-typeset__scrollwrap table");
if (table && location.pathname.includes("/reference/packages")) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "search", className: "filter" });
  label.append("Search the packages ", input);
  table.closest(".md-typeset__scrollwrap, table").before(label);
  input.addEventListener("input", () => {
    const word = input.value.trim().toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(word);
  });
}
// The theme wraps tables when it starts, which may be later than this
const reachable = () => {
  for (const element of document.querySelectorAll(".md-typeset pre > code, .md-typeset__scrollwrap, .md-typeset__table")) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  }
};
new MutationObserver(reachable).observe(document.querySelector(".md-content"), { childList: true, subtree: true });
addEventListener("resize", reachable);
reachable();
