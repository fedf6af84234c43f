// The questions as a form: one element for each, made once, brought up to date after each choice.
const fields = new Map();

const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const labelled = (choice) => (choice.disabled ? `${choice.label} – ${choice.disabled}` : choice.label);

const title = (question, name) => question.help.split("\n")[0] || name;

const single = (name, question, changed) => {
  const id = `answer-${name}`;
  let input;
  if (question.choices.length) {
    input = made("select", { id });
  } else if (question.type === "bool") {
    input = made("input", { id, type: "checkbox" });
  } else if (question.multiline) {
    input = made("textarea", { id, rows: 3, spellcheck: false });
  } else {
    input = made("input", { id, type: "text", spellcheck: false, inputMode: question.type === "int" ? "numeric" : "text" });
  }
  const read = () => (question.type === "bool" ? input.checked : input.value);
  input.addEventListener(input.tagName === "SELECT" || question.type === "bool" ? "change" : "input", () => changed(name, read()));
  const label = made("label", { htmlFor: id });
  const update = (now) => {
    label.textContent = title(now, name);
    if (input.tagName === "SELECT") {
      const options = now.choices.map((choice) =>
        made("option", { value: choice.value, textContent: labelled(choice), disabled: Boolean(choice.disabled) }),
      );
      input.replaceChildren(...options);
      input.value = now.value;
    } else if (now.type === "bool") input.checked = now.value;
    else if (document.activeElement !== input && !now.error) input.value = now.value ?? "";
    input.setAttribute("aria-invalid", String(Boolean(now.error)));
  };
  return { input, update, parts: [label, input] };
};

const several = (name, question, changed) => {
  const group = made("fieldset", {}, made("legend"));
  const boxes = question.choices.map((choice) => {
    const input = made("input", { type: "checkbox", id: `answer-${name}-${choice.value}`, value: choice.value });
    input.addEventListener("change", () => changed(name, boxes.filter((box) => box.checked).map((box) => box.value)));
    group.append(made("div", { className: "answer-choice" }, input, made("label", { htmlFor: input.id, textContent: choice.label })));
    return input;
  });
  const update = (now) => {
    group.firstChild.textContent = title(now, name);
    boxes.forEach((box, at) => {
      box.checked = now.value.includes(box.value);
      box.disabled = Boolean(now.choices[at]?.disabled);
      box.nextSibling.textContent = now.choices[at] ? labelled(now.choices[at]) : box.value;
    });
  };
  return { input: group, update, parts: [group] };
};

const field = (name, question, changed) => {
  const own = (question.several ? several : single)(name, question, changed);
  const hint = made("p", { className: "answer-help", id: `help-${name}` });
  const error = made("p", { className: "answer-error", id: `error-${name}` });
  error.setAttribute("role", "alert");
  own.input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  const element = made("div", { className: "answer", id: `question-${name}` }, ...own.parts, error, hint);
  element.dataset.name = name;
  return {
    element,
    update: (now) => {
      own.update(now);
      element.hidden = !now.shown;
      hint.textContent = now.help.split("\n").slice(1).join(" ");
      error.textContent = now.error ?? "";
    },
  };
};

// `asked` and `more` are where the questions go that Copier asks, and that it does not
export const show = (questions, errors, { asked, more }, changed) => {
  for (const [name, question] of Object.entries(questions)) {
    // A list of choices is not there before a question is shown for the first time
    if (!fields.has(name) && question.shown) fields.set(name, field(name, question, changed));
    const known = fields.get(name);
    if (!known) continue;
    known.update({ ...question, error: errors[name] });
    const place = question.asked || errors[name] ? asked : more;
    if (known.element.parentNode !== place && !known.element.contains(document.activeElement)) place.append(known.element);
  }
};
