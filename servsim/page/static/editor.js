// The scenario editor: a tree of fields, checked by the server's strict reader after every change. Changes nothing on disk.
"use strict";
const Editor = {
  changes: {},
  added: {},
  original: new Map(),
  fields: [],
  places: [],
  problems: [],
  // What was asked last counts, whichever answer comes last.
  asks: askings(),
  load: [],
  timer: null,
  open: new Set(),

  start() {
    if (!Editor.fields.length) Editor.take(State.scenario);
    Editor.show();
    if (!Engine.file) Editor.check();
  },

  // Takes the fields and places of the scenario as it is now; remembers what stood in a field before it was changed.
  take(found) {
    Editor.fields = found.fields;
    for (const field of found.fields) if (!Editor.original.has(field.path) && Editor.changes[field.path] === undefined) Editor.original.set(field.path, field.text);
    if (found.places) Editor.places = found.places;
    Editor.showPlaces();
  },

  async check() {
    const isLatest = Editor.asks();
    try {
      const found = await Engine.check(Editor.changes, Editor.added);
      if (!isLatest()) return found;
      Editor.problems = found.problems;
      Editor.load = found.load;
      if (found.applied) Editor.take(found);
      Editor.state(found);
      Editor.mark();
      Editor.drawLoad();
      return found;
    } catch (error) {
      if (!isLatest()) return null;
      Editor.problems = error.problems || [];
      $("edit_state").textContent = error.message || say("server_gone");
      Editor.mark();
      return null;
    }
  },

  state(found) {
    const n = Object.keys(Editor.changes).length + Object.keys(Editor.added).length;
    $("edit_state").textContent = found.problems.length ? say("edit_problems", { n: found.problems.length }) : say("edit_fine", { n });
    const line = (each, isWrong) => make("li", { className: isWrong ? "wrong" : "" }, make("button", { type: "button", onclick: () => Editor.goTo(each.path) }, each.path), ` ${each.value ? `${each.value}; ` : ""}${each.allowed}`);
    $("edit_problems").replaceChildren(...found.problems.map((each) => line(each, true)), ...found.warnings.slice(0, 8).map((each) => line(each, false)));
    $("download").disabled = found.problems.length > 0;
    const chip = (words, does) => make("button", { type: "button", onclick: does }, words);
    $("added").replaceChildren(
      ...Object.entries(Editor.added).map(([path, like]) => chip(`+ ${say(like ? "added_like" : "added_empty", { path, like })} ×`, () => Editor.remove(path))),
      ...Editor.removed().map((path) => chip(`− ${say("put_back", { path })}`, () => { delete Editor.changes[path]; Editor.again(); })),
    );
  },

  removed: () => Object.keys(Editor.changes).filter((path) => Editor.changes[path] === null && !Editor.original.has(path)),

  // Opens the folders on the way to a path and brings its field into view.
  goTo(path) {
    $("find").value = "";
    const steps = path.split(".");
    steps.forEach((_, place) => Editor.open.add(steps.slice(0, place + 1).join(".")));
    Editor.show();
    const boxes = [...document.querySelectorAll("#tree [data-path]")], near = boxes.filter((box) => path === box.dataset.path || path.startsWith(`${box.dataset.path}.`));
    const box = near.sort((a, b) => b.dataset.path.length - a.dataset.path.length)[0];
    if (!box) return;
    box.scrollIntoView({ block: "center" });
    const inside = box.querySelector("input, select, summary");
    if (inside) inside.focus();
  },

  // ---- sections

  showPlaces() {
    const select = $("place"), before = select.value, own = (place) => (place.noun ? `${place.path}: ${say("a_new", { noun: plainName(place.noun) })}` : place.path);
    const top = Editor.places.filter((place) => !place.path.includes(".")), below = Editor.places.filter((place) => place.path.includes("."));
    const options = (places) => places.filter((place) => !place.allowed || place.allowed.length).map((place) => make("option", { value: place.path }, own(place)));
    select.replaceChildren(...options(top), make("optgroup", { label: "…" }, ...options(below)));
    if (Editor.places.some((place) => place.path === before)) select.value = before;
    else if (Editor.places.some((place) => place.path === "teams")) select.value = "teams";
    Editor.showPlace();
  },

  place: () => Editor.places.find((each) => each.path === $("place").value),

  showPlace() {
    const place = Editor.place(), select = $("place_like"), before = select.value, isOfThis = Editor.shown_place === $("place").value;
    if (!place) return;
    Editor.shown_place = $("place").value;
    $("place").title = place.says;
    $("place_named").hidden = !place.noun;
    $("place_likely").hidden = !place.noun;
    $("place_names").replaceChildren(...(place.allowed || []).map((name) => make("option", { value: name })));
    select.replaceChildren(make("option", { value: "" }, say("section_empty")), ...place.names.map((name) => make("option", { value: name }, name)));
    select.value = place.names.includes(before) || (isOfThis && before === "") ? before : place.names[place.names.length - 1] || "";
  },

  async add() {
    const place = Editor.place();
    if (!place) return;
    const path = place.noun ? `${place.path}.${$("place_name").value.trim()}` : place.path;
    if (place.names.includes($("place_name").value.trim())) {
      Page.problem({ message: say("section_there", { path }), problems: [] });
      $("place_name").focus();
      return;
    }
    Editor.added[path] = place.noun ? $("place_like").value : "";
    delete Editor.changes[path];
    const found = await Editor.check();
    const wrong = !found || !found.applied ? Editor.problems.find((each) => each.path === path) : null;
    if (wrong) {
      delete Editor.added[path];
      await Editor.check();
      Page.problem({ message: wrong.allowed, problems: [wrong] });
      $("place_name").focus();
      return;
    }
    Page.problem(null);
    $("place_name").value = "";
    Editor.goTo(path);
    Editor.mark();
  },

  remove(path) {
    const isOwn = Editor.added[path] !== undefined, below = (each) => each === path || each.startsWith(`${path}.`);
    for (const each of Object.keys(Editor.added)) if (below(each)) delete Editor.added[each];
    for (const each of Object.keys(Editor.changes)) if (below(each)) delete Editor.changes[each];
    if (isOwn) for (const each of [...Editor.original.keys()]) { if (below(each)) Editor.original.delete(each); }
    else Editor.changes[path] = null;
    Editor.again();
  },

  async again() {
    await Editor.check();
    Editor.show();
  },

  isNew: (path) => Object.keys(Editor.added).some((each) => path.startsWith(`${each}.`)),
  isNamed(path) {
    const above = path.slice(0, Math.max(0, path.lastIndexOf(".")));
    return Editor.added[path] !== undefined || Editor.places.some((place) => place.noun && place.path === above);
  },

  // ---- the tree

  show() {
    const wanted = $("find").value.toLowerCase().trim(), all = $("unsaid").checked, wrong = new Set(Editor.problems.map((each) => each.path));
    const isShown = (field) => field.is_given || all || Editor.changes[field.path] !== undefined || wrong.has(field.path) || Editor.isNew(field.path);
    const fields = Editor.fields.filter((field) => isShown(field) && (!wanted || field.path.toLowerCase().includes(wanted) || field.says.toLowerCase().includes(wanted)));
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
      const path = prefix + name, gone = Editor.isNamed(path) ? make("button", { type: "button", className: "out", title: say("take_out", { path }), "aria-label": say("take_out", { path }), onclick: () => Editor.remove(path) }, "×") : null;
      const details = make("details", { open: isOpen || Editor.open.has(path), "data-path": path }, make("summary", {}, plainName(name)));
      const fill = () => { if (details.open && !details.dataset.filled) { details.dataset.filled = "yes"; if (gone) details.append(gone); details.append(...Editor.nodes(inner, `${path}.`, isOpen)); } };
      details.addEventListener("toggle", () => { if (details.open) Editor.open.add(path); else Editor.open.delete(path); fill(); Editor.mark(); });
      fill();
      found.push(details);
    }
    return found;
  },

  field(field) {
    const before = Editor.original.has(field.path) ? Editor.original.get(field.path) : field.text;
    const value = Editor.changes[field.path] === undefined ? before : Editor.changes[field.path] === null ? "" : String(Editor.changes[field.path]);
    const input = field.choices.length ? make("select", {}, make("option", { value: "" }, "–"), ...field.choices.map((each) => make("option", { value: each, selected: each === value }, each))) : make("input", { value, spellcheck: false });
    const bounds = [field.low === null ? "" : `≥ ${field.low}`, field.high === null ? "" : `≤ ${field.high}`].filter(Boolean).join(", ");
    input.setAttribute("aria-label", field.path);
    input.disabled = Boolean(Engine.file);
    const unit = { law: say("law"), share: say("share") }[field.kind] || (field.unit === "s" ? say("duration") : field.unit);
    const box = make("div", { className: "field", "data-path": field.path }, make("span", {}, plainName(field.path.split(".").pop())), input, make("small", {}, [unit, bounds].filter(Boolean).join(" ")));
    box.classList.toggle("changed", Editor.changes[field.path] !== undefined);
    input.title = field.says;
    input.addEventListener("focus", () => { if (!box.querySelector(".says")) box.append(make("p", { className: "says" }, field.says)); });
    input.addEventListener("input", () => {
      if (input.value === before) delete Editor.changes[field.path];
      else Editor.changes[field.path] = input.value === "" ? null : input.value;
      box.classList.toggle("changed", Editor.changes[field.path] !== undefined);
      clearTimeout(Editor.timer);
      Editor.asks(); // an answer about what stood there before is no answer to this
      Editor.timer = setTimeout(() => Editor.check(), 250);
    });
    return box;
  },

  // Puts each problem at its field; where that is folded in or not there, at the section above it.
  mark() {
    const told = (each) => `${each.value ? `${say("got")} ${each.value}; ` : ""}${each.allowed}${each.nearest ? `; ${say("did_you_mean")} ${each.nearest}?` : ""}`;
    for (const why of document.querySelectorAll("#tree .why")) why.remove();
    for (const box of document.querySelectorAll("#tree .field")) {
      const path = box.dataset.path, own = Editor.problems.find((each) => each.path === path || each.path.startsWith(`${path}.`) || (path.startsWith(`${each.path}.`) && Editor.changes[path] !== undefined));
      box.classList.toggle("bad", Boolean(own));
      box.querySelector("input, select").setAttribute("aria-invalid", Boolean(own));
      if (own) box.append(make("p", { className: "why" }, told(own)));
    }
    for (const details of document.querySelectorAll("#tree details")) {
      const path = details.dataset.path, own = Editor.problems.filter((each) => each.path === path);
      details.classList.toggle("has_bad", Editor.problems.some((each) => each.path === path || each.path.startsWith(`${path}.`)));
      if (own.length) details.firstChild.after(...own.map((each) => make("p", { className: "why" }, told(each))));
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
      const text = await Engine.yaml(Editor.changes, Editor.added);
      const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/yaml" })), download: "scenario.yaml" });
      document.body.append(link);
      link.click();
      link.remove();
    } catch (error) {
      Page.problem(error);
    }
  },
};
