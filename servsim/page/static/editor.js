// The scenario editor: a tree of fields, checked by the server's strict reader after every change. Changes nothing on disk.
"use strict";
const Editor = {
  changes: {},
  fields: [],
  problems: [],
  load: [],
  timer: null,
  open: new Set(),

  start() {
    if (!Editor.fields.length) Editor.fields = State.scenario.fields;
    Editor.show();
    if (!Engine.file) Editor.check();
  },

  async check() {
    try {
      const found = await Engine.check(Editor.changes);
      Editor.problems = found.problems;
      Editor.load = found.load.length || found.problems.length ? found.load : [];
      if (!found.problems.length) Editor.fields = found.fields;
      Editor.state(found);
    } catch (error) {
      Editor.problems = error.problems || [];
      $("edit_state").textContent = error.message || say("server_gone");
    }
    Editor.mark();
    Editor.drawLoad();
  },

  state(found) {
    const n = Object.keys(Editor.changes).length;
    $("edit_state").textContent = found.problems.length ? say("edit_problems", { n: found.problems.length }) : say("edit_fine", { n });
    $("edit_problems").replaceChildren(...[...found.problems, ...found.warnings.slice(0, 8)].map((each) => make("li", {}, `${each.path}: ${each.value ? `${each.value}; ` : ""}${each.allowed}`)));
    $("download").disabled = found.problems.length > 0;
  },

  show() {
    const wanted = $("find").value.toLowerCase().trim(), all = $("unsaid").checked;
    const fields = Editor.fields.filter((field) => (field.is_given || all || Editor.changes[field.path] !== undefined) && field.path.split(".")[0] !== "calendar_" && (!wanted || field.path.toLowerCase().includes(wanted) || field.says.toLowerCase().includes(wanted)));
    const tree = { folders: new Map(), fields: [] };
    for (const field of fields) {
      const steps = field.path.split(".");
      let here = tree;
      for (const step of steps.slice(0, -1)) {
        if (!here.folders.has(step)) here.folders.set(step, { folders: new Map(), fields: [] });
        here = here.folders.get(step);
      }
      here.fields.push(field);
    }
    $("tree").replaceChildren(...Editor.nodes(tree, "", Boolean(wanted)));
    Editor.mark();
  },

  nodes(tree, prefix, isOpen) {
    const found = tree.fields.map((field) => Editor.field(field));
    for (const [name, inner] of tree.folders) {
      const path = prefix + name;
      const details = make("details", { open: isOpen || Editor.open.has(path) }, make("summary", {}, plainName(name)));
      const fill = () => { if (details.open && details.childElementCount === 1) details.append(...Editor.nodes(inner, `${path}.`, isOpen)); };
      details.addEventListener("toggle", () => { if (details.open) Editor.open.add(path); else Editor.open.delete(path); fill(); Editor.mark(); });
      fill();
      found.push(details);
    }
    return found;
  },

  field(field) {
    const value = Editor.changes[field.path] === undefined ? field.text : Editor.changes[field.path] === null ? "" : String(Editor.changes[field.path]);
    const input = field.choices.length ? make("select", {}, make("option", { value: "" }, "–"), ...field.choices.map((each) => make("option", { value: each, selected: each === value }, each))) : make("input", { value, spellcheck: false });
    const bounds = [field.low === null ? "" : `≥ ${field.low}`, field.high === null ? "" : `≤ ${field.high}`].filter(Boolean).join(", ");
    input.setAttribute("aria-label", field.path);
    input.disabled = Boolean(Engine.file);
    const box = make("div", { className: "field", "data-path": field.path }, make("span", {}, plainName(field.path.split(".").pop())), input,
      make("small", {}, [field.kind === "law" ? say("law") : field.unit === "s" ? say("duration") : field.unit, bounds].filter(Boolean).join(" ")));
    input.title = field.says;
    input.addEventListener("focus", () => { if (!box.querySelector(".says")) box.append(make("p", { className: "says" }, field.says)); });
    input.addEventListener("input", () => {
      if (input.value === field.text) delete Editor.changes[field.path];
      else Editor.changes[field.path] = input.value === "" ? null : input.value;
      box.classList.toggle("changed", Editor.changes[field.path] !== undefined);
      clearTimeout(Editor.timer);
      Editor.timer = setTimeout(() => Editor.check(), 250);
    });
    return box;
  },

  mark() {
    for (const box of document.querySelectorAll("#tree .field")) {
      const path = box.dataset.path, own = Editor.problems.find((each) => each.path === path || each.path.startsWith(`${path}.`) || (path.startsWith(`${each.path}.`) && Editor.changes[path] !== undefined));
      box.classList.toggle("bad", Boolean(own));
      box.querySelectorAll(".why").forEach((each) => each.remove());
      if (own) box.append(make("p", { className: "why" }, `${own.value ? `${say("got")} ${own.value}; ` : ""}${own.allowed}${own.nearest ? `; ${say("did_you_mean")} ${own.nearest}?` : ""}`));
    }
  },

  drawLoad() {
    const teams = [...new Set(Editor.load.map((line) => line.team))], select = $("load_team"), before = select.value;
    select.replaceChildren(...teams.map((team) => make("option", { value: team }, plainName(team))));
    if (teams.includes(before)) select.value = before;
    Charts.load($("load"), Editor.load.filter((line) => line.team === select.value));
  },

  async download() {
    try {
      const text = await Engine.yaml(Editor.changes);
      const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/yaml" })), download: "scenario.yaml" });
      document.body.append(link);
      link.click();
      link.remove();
    } catch (error) {
      Page.problem(error);
    }
  },
};
