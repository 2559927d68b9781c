// The page itself: which step is shown, what is being played, keys and clicks. One run at a time; a new move replaces it.
"use strict";
const State = { scenario: null, step: "story", move: { base: "nothing", other: "nothing", changes: {}, seed: 1, day: null }, run: { stage: null, curves: [], day: null, replay: null, after: null }, time: 32400, playing: false, speed: 1, chosen: null, agent: "", sliders: [] };
const STEPS = ["story", "bet", "watch", "spend", "reveal", "doubt", "home", "whatif", "edit"];
const DAY_IN_S = 90;

const Page = {
  floors: [],
  after_rows: [["worse_off", "row_worse_off", "people"], ["better_off", "row_better_off", "people"], ["in_vain", "row_in_vain", "count"], ["lost_year", "row_lost_year", "lost"], ["own_hours", "row_own_hours", "hours"], ["cost", "row_cost", "money"], ["account_external_failure", "row_external", "money"], ["soft_at_risk", "row_at_risk", "money"], ["soft_customers_lost", "row_lost_value", "money"]],
  brief_rows: [["worse_off", "row_worse_off", "people"], ["in_vain", "row_in_vain", "count"], ["lost_year", "row_lost_year", "lost"], ["own_hours", "row_own_hours", "hours"], ["cost", "row_cost", "money"], ["soft", "row_soft", "money"], ["net", "row_net", "money"]],
  day_rows: [["worse_off", "row_worse_off", "people"], ["left", "row_left", "count"], ["in_vain", "row_in_vain", "count"], ["complaints", "row_complaints", "count"], ["mean_wait_min", "row_wait", "minutes"], ["customer_hours", "row_own_hours", "hours"]],

  async start() {
    await Page.speak(new URLSearchParams(location.search).get("lang") || "");
    Lesson.restore();
    Page.floors = [new Floor($("floor0"), 0), new Floor($("floor1"), 1)];
    Page.words();
    Page.controls();
    const main = Lesson.main();
    Object.assign(State.move, { other: main ? main.name : "nothing", base: main && main.reference ? main.reference : "nothing", seed: State.scenario.seed });
    if (Engine.file) State.move = { ...Engine.file.first };
    Page.choices();
    Page.step(location.hash.slice(1) || "story");
    Page.move({});
    if (Page.later_problem) Page.problem(Page.later_problem);
    requestAnimationFrame(Page.frame);
  },

  // Takes a language; one that there is none of is told, and the browser's is taken.
  async speak(language) {
    let refused = null;
    State.scenario = await Engine.scenario(language).catch((error) => { refused = error; return Engine.scenario(""); });
    Words.table = State.scenario.words;
    document.documentElement.lang = State.scenario.language;
    if (refused) Page.later_problem = refused;
  },

  words() {
    Words.fill();
    $("play").textContent = say(State.playing ? "pause" : "play");
    document.title = `${State.scenario.title}: servsim`;
    Object.assign($("title"), { textContent: State.scenario.title, title: State.scenario.title });
    $("facts").textContent = say("facts", { seed: State.move.seed });
    $("steps").replaceChildren(...STEPS.filter((step) => !(Engine.file && step === "edit")).map((step, place) => make("button", { type: "button", role: "tab", id: `tab_${step}`, "aria-controls": step, onclick: () => { Page.step(step); $("main").focus(); } }, `${place + 1} ${say(`step_${step}`)}`)));
    const legend = [["●", "good", "legend_helped"], ["▲", "bad", "legend_failed"], ["✕", "gone", "legend_left"], ["●", "wait", "legend_wait"], ["●", "served", "legend_served"]];
    $("legend").replaceChildren(...legend.map(([shape, colour, key]) => { const mark = make("i", {}, shape); mark.style.color = Colours[colour]; return make("span", {}, mark, ` ${say(key)}`); }));
    Lesson.showStory();
    Lesson.showBets();
    Lesson.showBoard();
  },

  options(select, pairs, value) {
    select.replaceChildren(...pairs.map(([key, words]) => make("option", { value: key }, words)));
    if (value !== undefined && value !== null) select.value = value;
  },

  choices() {
    const known = State.scenario.cards.map((card) => [card.name, card.title.length > 60 ? `${card.title.slice(0, 58)} …` : card.title]);
    const all = [["nothing", say("nothing_title")], ...known];
    Page.options($("left"), all, State.move.base);
    Page.options($("right"), all, State.move.other.split("+")[0]);
    const main = State.move.other.split("+")[0];
    Page.options($("also"), [["", "–"], ...State.scenario.cards.filter((card) => card.counters.includes(main)).map((card) => [card.name, card.title])], State.move.other.split("+")[1] || "");
    Page.options($("day"), [["", say("worst_day")], ...State.scenario.days.map((day) => [day, day])], State.move.day || "");
    $("seed").value = State.move.seed;
    Page.options($("team"), Lesson.teams().map((team, place) => [place, team]), Lesson.store.team);
    Page.options($("speed"), [["0.5", "½ ×"], ["1", "1 ×"], ["2", "2 ×"], ["5", "5 ×"]], "1");
    Page.options($("language"), State.scenario.languages, State.scenario.language);
    const preset = State.scenario.fields.find((field) => field.path === "loyalty.preset");
    Page.options($("preset"), (preset ? preset.choices : []).map((name) => [name, say(`preset_${name}`)]), State.move.changes["loyalty.preset"] || (preset ? preset.text : ""));
    $("preset").disabled = !preset;
    $("paths").replaceChildren(...State.scenario.fields.filter((field) => field.number !== null && !/^calendar/.test(field.path)).map((field) => make("option", { value: field.path })));
    if (!State.sliders.length) State.sliders = State.scenario.fields.filter((field) => field.number !== null && /^(teams\.[^.]+\.agents|teams\.[^.]+\.shifts\.[^.]+\.agents|cover\.[^.]+\.substitute\.has_file)$/.test(field.path)).slice(0, 4).map((field) => field.path);
    if (Engine.file) State.sliders = Engine.file.grid ? [Engine.file.grid.path] : [];
    if (Engine.file) for (const id of ["left", "right", "also", "day", "seed", "path", "add"]) $(id).disabled = true;
    Page.showSliders();
    Lesson.showCards();
  },

  controls() {
    const on = (id, event, does) => $(id).addEventListener(event, does);
    on("play", "click", () => Page.toggle());
    on("scrub", "input", () => { State.time = Number($("scrub").value); Page.draw(); });
    on("speed", "change", () => { State.speed = Number($("speed").value); });
    on("differs", "click", () => Page.firstDifference());
    on("telling", "click", () => Page.tell(""));
    on("person", "change", () => Page.choose($("person").value));
    on("agent", "change", () => Page.showAgent($("agent").value));
    on("key", "click", () => { const isOn = document.body.classList.toggle("shows_key"); $("key").setAttribute("aria-pressed", isOn); });
    on("reset", "click", () => { Lesson.reset(); State.move.changes = {}; Page.tellNothing(); Lesson.showStory(); Lesson.showBets(); Lesson.showBoard(); Page.choices(); Page.step("story"); Page.lessonPair(); });
    on("budget", "input", () => { Lesson.store.budget = Number($("budget").value) || 0; Lesson.save(); Lesson.showCards(); });
    on("enter", "click", () => Lesson.enter());
    on("print", "click", () => window.print());
    on("left", "change", () => Page.move({ base: $("left").value }));
    on("right", "change", () => { Page.move({ other: $("right").value }); Page.choices(); });
    on("also", "change", () => Page.move({ other: [$("right").value, $("also").value].filter(Boolean).join("+") }));
    on("day", "change", () => Page.move({ day: $("day").value || null }));
    on("seed", "change", () => Page.move({ seed: Math.max(0, Math.round(Number($("seed").value) || 0)) }));
    on("add", "click", () => Page.addSlider($("path").value));
    on("preset", "change", () => {
      const changes = { ...State.move.changes }, own = State.scenario.fields.find((field) => field.path === "loyalty.preset");
      if ($("preset").value === own.text) delete changes["loyalty.preset"];
      else changes["loyalty.preset"] = $("preset").value;
      Page.move({ changes: Engine.file && changes["loyalty.preset"] ? { "loyalty.preset": changes["loyalty.preset"] } : changes });
    });
    on("worth", "input", () => Lesson.showDoubt());
    on("find", "input", () => Editor.show());
    on("unsaid", "change", () => Editor.show());
    on("download", "click", () => Editor.download());
    on("load_team", "change", () => Editor.drawLoad());
    on("team", "change", () => Lesson.takeTeam(Number($("team").value)));
    on("place", "change", () => Editor.showPlace());
    on("place_add", "click", () => Editor.add());
    on("language", "change", async () => {
      await Page.speak($("language").value);
      Page.words();
      Page.choices();
      Page.captions();
      Page.step(State.step);
    });
    for (const side of [0, 1]) on(`floor${side}`, "click", (event) => Page.click(side, event));
    for (const id of ["curves", "curves2"]) on(id, "click", (event) => { if (State.run.stage) { State.time = Charts.timeAt($(id), State.run, event.offsetX); Page.draw(); } });
    document.addEventListener("keydown", Page.pressed);
    window.addEventListener("resize", () => Page.show());
  },

  pressed(event) {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.altKey || event.metaKey || tag === "SELECT" || (tag === "INPUT" && event.target.type !== "range" && event.target.type !== "checkbox")) return;
    const place = STEPS.indexOf(State.step);
    if (/^[1-9]$/.test(event.key)) { Page.step(STEPS[Number(event.key) - 1]); $("main").focus(); }
    else if (event.key === " " && tag !== "BUTTON" && tag !== "SUMMARY") { event.preventDefault(); Page.toggle(); }
    else if (event.key === "k") $("key").click();
    else if (event.key === "d") Page.firstDifference();
    else if (event.key === "t") Page.tell("");
    else if (event.key === "Escape" && State.step === "watch") Page.tellNothing();
    else if (event.key === "PageDown") { event.preventDefault(); Page.step(STEPS[Math.min(STEPS.length - 1, place + 1)]); }
    else if (event.key === "PageUp") { event.preventDefault(); Page.step(STEPS[Math.max(0, place - 1)]); }
    else if (tag !== "INPUT" && event.key === "ArrowRight") { State.time += event.shiftKey ? 3600 : 300; Page.draw(); }
    else if (tag !== "INPUT" && event.key === "ArrowLeft") { State.time -= event.shiftKey ? 3600 : 300; Page.draw(); }
  },

  step(name) {
    if (!STEPS.includes(name) || (Engine.file && name === "edit")) return;
    const before = State.step;
    State.step = name;
    for (const step of STEPS) $(step).hidden = step !== name;
    for (const tab of document.querySelectorAll("#steps button")) tab.setAttribute("aria-selected", tab.id === `tab_${name}`);
    history.replaceState(null, "", `#${name}`);
    if (name === "spend") { Lesson.showCards(); if (before !== "spend") Page.move({ base: "nothing", other: Lesson.combination() }); }
    else if (before === "spend" && ["reveal", "doubt", "watch", "home"].includes(name)) Page.lessonPair();
    if (name === "edit") Editor.start();
    if (name === "reveal" && before !== "reveal") Lesson.risen_since = null;
    if (name === "whatif") Page.choices();
    Page.show();
  },

  lessonPair() {
    const main = Lesson.main();
    if (main) Page.move({ base: main.reference || "nothing", other: main.name, day: null });
  },

  // ---- runs

  move(changed) {
    Object.assign(State.move, changed);
    if (Engine.file && !Engine.file.runs[Engine.key(State.move)]) return Page.problem({ message: say("not_in_file"), problems: [] });
    Page.problem(null);
    State.asked = performance.now();
    State.first = null;
    const run = { stage: null, curves: [], day: null, replay: null, after: null, old: State.run.stage ? State.run : null };
    $("progress").textContent = say("running");
    for (const box of document.querySelectorAll(".numbers, #iceberg, #pins, #verdict")) box.classList.add("stale");
    document.body.dataset.events = "";
    delete document.body.dataset.days_ms;
    const move = { base: State.move.base, other: State.move.other, changes: State.move.changes, seed: State.move.seed, day: State.move.day };
    return Engine.run(move, (name, data) => Page.told_event(run, name, data));
  },

  told_event(run, name, data) {
    if (name === "problem") { $("progress").textContent = ""; return Page.problem(data); }
    if (name === "stage") { run.stage = data; State.run = run; run.old = null; State.counting = true; }
    if (name === "day") {
      run.day = data;
      run.curves.push({ waiting: data.waiting, left: data.left, replication: data.replication });
      if (State.first === null) { State.first = performance.now() - State.asked; document.body.dataset.first_ms = Math.round(State.first); }
    }
    for (const box of document.querySelectorAll(".stale")) box.classList.remove("stale");
    if (name === "replay") Page.loadReplay(run, data);
    if (name === "after") run.after = data;
    if (name === "done") { State.counting = false; document.body.dataset.done_ms = Math.round(performance.now() - State.asked); }
    if (run.curves.length && !document.body.dataset.days_ms && run.curves.length === run.stage.replications) document.body.dataset.days_ms = Math.round(performance.now() - State.asked);
    $("progress").textContent = name === "done" ? say("all_done", { n: run.stage.replications }) : run.day ? say("so_far", { days: run.day.n, weeks: run.after ? run.after.n : 0, of: run.stage.replications }) : "";
    $("facts").textContent = say("facts_run", { seed: run.stage.seed, day: run.stage.shown, n: run.day ? run.day.n : 0, ms: Math.round(State.first || 0) });
    document.body.dataset.events = `${run.curves.length},${run.after ? run.after.n : 0},${name}`;
    Page.later();
    return undefined;
  },

  later() {
    if (State.waiting) return;
    State.waiting = true;
    setTimeout(() => { State.waiting = false; Page.show(); }, 60);
  },

  loadReplay(run, data) {
    run.replay = data;
    data.worlds.forEach((world, side) => Page.floors[side].load(world, [data.from, data.to]));
    Page.captions();
    Object.assign($("scrub"), { min: data.from, max: data.to + 3600 });
    if (State.time < data.from || State.time > data.to + 3600) State.time = data.from;
    const people = [...new Set(data.worlds.flatMap((world) => world.tracks.filter((track) => track.owner >= 0).map((track) => track.who)))].filter(Boolean).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    Page.options($("person"), [["", "–"], ...people.map((who) => [who, who])]);
    Page.options($("agent"), [["", "–"], ...data.worlds[1].floor.agents.map((agent) => [agent.name, agent.name])], State.agent);
  },

  captions() {
    if (!State.run.replay) return;
    State.run.replay.worlds.forEach((world, side) => { $(`name${side}`).textContent = `${side ? say("right_short") : say("left_short")}: ${world.title || say("nothing_title")}`; });
  },

  problem(found) {
    const box = $("problem");
    box.hidden = !found;
    if (!found) return;
    const lines = (found.problems || []).map((each) => `${each.path}: ${each.value ? `${say("got")} ${each.value}; ` : ""}${each.allowed}${each.nearest ? `; ${say("did_you_mean")} ${each.nearest}?` : ""}`);
    box.textContent = lines.length ? lines.join("\n") : found.message;
  },

  // ---- the player

  toggle() {
    State.playing = !State.playing;
    if (State.playing && State.run.replay && State.time >= State.run.replay.to + 3500) State.time = State.run.replay.from;
    $("play").textContent = say(State.playing ? "pause" : "play");
    $("play").setAttribute("aria-pressed", State.playing);
  },

  firstDifference() {
    if (!State.run.replay || State.run.replay.differs === null) return;
    State.playing = true;
    Page.toggle();
    State.time = State.run.replay.differs + 60;
    const sides = State.run.replay.worlds.map((world) => new Map(world.tracks.map((track) => [track.id, track])));
    const other = [...sides[1].values()].find((track) => { const mate = sides[0].get(track.id); return mate && track.t[0] <= State.time && (mate.agent !== track.agent || mate.outcome !== track.outcome) && (track.t[3] === null || track.t[3] >= State.time - 3600); });
    if (other) Page.choose(other.who, other);
    Page.draw();
  },

  frame(now) {
    const passed = Math.min(0.1, (now - (Page.then || now)) / 1000);
    Page.then = now;
    if (State.playing && State.run.replay && State.step === "watch") {
      const { from, to } = State.run.replay;
      State.time += (passed * (to - from) * State.speed) / DAY_IN_S;
      if (State.time >= to + 3600) Page.toggle();
      Page.draw();
      Page.frames = (Page.frames || 0) + 1;
      document.body.dataset.frames = Page.frames;
    }
    requestAnimationFrame(Page.frame);
  },

  draw() {
    const replay = State.run.replay;
    if (!replay) return;
    State.time = Math.min(Math.max(State.time, replay.from), replay.to + 3600);
    $("clock").textContent = Numbers.clock(State.time);
    $("scrub").value = State.time;
    $("scrub").setAttribute("aria-valuetext", Numbers.clock(State.time));
    if (State.step === "watch") {
      for (const floor of Page.floors) floor.draw(State.time);
      if (!State.playing || Math.floor(State.time / 120) !== Page.lastCurve) Charts.curves($("curves"), State.run, State.time);
      Page.lastCurve = Math.floor(State.time / 120);
      if (State.agent) Charts.strip($("strip"), State.run, State.agent, State.time);
    }
    if (State.step === "whatif") Charts.curves($("curves2"), State.run, State.time);
  },

  click(side, event) {
    const floor = Page.floors[side];
    if (!floor.floor) return;
    const track = floor.near(event.offsetX, event.offsetY, State.time), agent = track ? -1 : floor.agentNear(event.offsetX, event.offsetY);
    if (track) Page.choose(track.who, track);
    else if (agent >= 0) { $("agent").value = floor.floor.agents[agent].name; Page.showAgent(floor.floor.agents[agent].name); }
  },

  choose(who, track = null) {
    const tracks = State.run.replay ? State.run.replay.worlds.flatMap((world) => world.tracks) : [];
    const first = track || tracks.find((each) => each.who === who);
    State.chosen = first ? first.id : null;
    for (const floor of Page.floors) floor.chosen = State.chosen;
    if (who) { $("person").value = who; Page.tell(who); }
    else if (first) Page.tellContact(first);
    Page.draw();
  },

  // What is told takes room below the shops, which get smaller for it; Escape closes it.
  telling(...parts) {
    $("told").replaceChildren(make("button", { type: "button", className: "out", title: say("close"), "aria-label": say("close"), onclick: () => Page.tellNothing() }, "×"), ...parts);
    $("told").lang = "en";
    $("watch").classList.add("telling");
    Page.draw();
  },

  tellNothing() {
    $("told").replaceChildren();
    $("watch").classList.remove("telling");
    Object.assign(State, { chosen: null, agent: "" });
    for (const floor of Page.floors) floor.chosen = null;
    Object.assign($("person"), { value: "" });
    Object.assign($("agent"), { value: "" });
    $("strip").hidden = true;
    Page.draw();
  },

  async tell(who) {
    if (!State.run.stage) return;
    try {
      const lives = await Engine.lives(State.run.stage.run, who);
      const column = (side) => {
        const box = make("div", {}, make("h4", {}, side ? say("right_short") : say("left_short")), make("p", {}, make("b", {}, lives.in_short[side])));
        for (const day of lives.days) for (const each of day[side ? "other" : "base"]) box.append(make("p", { className: each.same ? "same" : "" }, `${day.date.slice(5)} ${each.text}`));
        for (const line of lives[side ? "other_end" : "base_end"]) box.append(make("p", { className: "same" }, line));
        return box;
      };
      Page.telling(make("h3", {}, lives.title), make("span", {}, lives.only_this_day ? say("only_this_day") : ""), column(0), column(1));
      if (!who) {
        const track = State.run.replay && State.run.replay.worlds[1].tracks.find((each) => each.who === lives.customer);
        State.chosen = track ? track.id : null;
        for (const floor of Page.floors) floor.chosen = State.chosen;
        if (track) { State.time = (track.t[2] === null ? track.t[0] : track.t[2]) + 30; $("person").value = lives.customer; }
        Page.draw();
      }
    } catch (error) {
      Page.problem(error);
    }
  },

  async tellContact(track) {
    const rows = State.run.replay.worlds.map((world) => { const own = world.tracks.find((each) => each.id === track.id); return own ? own.row : -1; });
    try {
      const found = await Engine.contact(State.run.stage.run, rows[0], rows[1]);
      Page.telling(...["base", "other"].map((side) => make("div", {}, ...(found[side] || say("not_in_this_world")).split("\n").map((line) => make("p", {}, line)))));
    } catch (error) {
      Page.problem(error);
    }
  },

  async showAgent(name) {
    State.agent = name;
    $("strip").hidden = !name;
    if (!name) return Page.tellNothing();
    Page.draw();
    const found = await Promise.all([0, 1].map((side) => Engine.agent(State.run.stage.run, side, name).catch((error) => ({ text: error.message }))));
    Page.telling(...found.map((each) => make("div", {}, ...each.text.split(/\n\s*\n/).slice(0, 3).map((part) => make("p", {}, part.replace(/\s+/g, " "))))));
    return undefined;
  },

  // ---- numbers

  told(spread, kind) {
    const digits = kind === "lost" || kind === "minutes" || kind === "hours" ? 1 : 0, one = (x) => Numbers.signed(x, digits);
    const unit = { money: ` ${State.scenario.currency}`, people: "", lost: "", count: "", minutes: ` ${say("unit_min")}`, hours: ` ${say("unit_h")}` }[kind];
    const whole = (text) => text.replaceAll(" ", "\u00a0"), span = spread.low === null ? say("no_interval") : `[${one(spread.low)}; ${one(spread.high)}]`;
    return `${whole(one(spread.mean) + unit)} ${whole(span)}`;
  },

  showNumbers() {
    const { day, after, stage } = State.run;
    if (!stage || !day) return;
    const rows = (numbers, wanted) => wanted.filter(([name]) => numbers[name]).map(([name, key, kind]) => {
      const found = numbers[name], reach = Math.max(1e-9, Math.abs(found.low === null ? found.mean : found.low), Math.abs(found.high === null ? found.mean : found.high));
      const digits = kind === "minutes" || kind === "lost" || kind === "hours" ? 1 : 0, plain = (x) => x.toLocaleString(say("locale"), { maximumFractionDigits: digits });
      const isPaired = kind === "people";
      return make("tr", { "data-row": name }, make("td", {}, say(key)), make("td", {}, isPaired ? "" : plain(found.base)), make("td", {}, isPaired ? "" : plain(found.other)), make("td", {}, Page.told(found, kind)), make("td", {}, Charts.range(found, reach)));
    });
    const head = () => make("tr", {}, ...["", "left_short", "right_short", "difference", "interval_head"].map((key) => make("th", {}, key ? say(key) : "")));
    for (const box of document.querySelectorAll(".numbers")) {
      const isBrief = box.dataset.brief && after, parts = isBrief ? [] : [make("b", {}, say("of_the_day", { day: stage.shown, n: day.n })), make("table", {}, head(), ...rows(day.numbers, Page.day_rows))];
      if (after) parts.push(make("b", {}, say("of_the_weeks", { from: stage.first, to: stage.last, n: after.n })), make("table", {}, head(), ...rows(after.numbers, isBrief ? Page.brief_rows : Page.after_rows)));
      box.replaceChildren(...parts);
    }
  },

  // ---- sliders

  addSlider(path) {
    const field = State.scenario.fields.find((each) => each.path === path && each.number !== null);
    if (!field) return Page.problem({ message: say("no_such_path", { path }), problems: [] });
    if (!State.sliders.includes(path)) State.sliders.push(path);
    Page.showSliders();
    return undefined;
  },

  showSliders() {
    $("sliders").replaceChildren(...State.sliders.map((path) => Page.slider(State.scenario.fields.find((field) => field.path === path))));
  },

  // In a file only the points that it carries can be moved to; they are marked.
  gridSlider(field, values) {
    const now = State.move.changes[field.path] === undefined ? field.number : State.move.changes[field.path];
    const input = make("input", { type: "range", min: 0, max: values.length - 1, step: 1, "data-path": field.path, title: field.says, list: "grid_marks" });
    input.value = values.indexOf(now);
    const output = make("output", {}, String(now)), marks = make("datalist", { id: "grid_marks" }, ...values.map((value, place) => make("option", { value: place, label: String(value) })));
    input.addEventListener("input", () => {
      const value = values[Number(input.value)];
      output.textContent = String(value);
      Page.move({ changes: value === field.number ? {} : { [field.path]: value } });
    });
    return make("label", {}, make("span", {}, `${field.path}: ${values.join(" · ")}`), input, output, marks);
  },

  slider(field) {
    if (Engine.file) return Page.gridSlider(field, Engine.file.grid.values);
    const isCount = field.kind === "count" || field.kind === "count_or_all", low = field.low === null ? 0 : field.low;
    const high = field.kind === "share" ? 1 : Math.min(field.high === null ? Infinity : field.high, Math.max(field.number * 3, isCount ? 6 : 0.1));
    const step = isCount ? 1 : field.kind === "share" ? 0.01 : field.unit === "s" ? Math.max(1, Math.round(high / 100)) : (high - low) / 100;
    const now = State.move.changes[field.path] === undefined ? field.number : parseFloat(State.move.changes[field.path]);
    const told = (x) => (field.kind === "share" ? `${Math.round(x * 100)} %` : field.unit === "s" ? (x >= 120 ? `${(x / 60).toFixed(1)} ${say("unit_min")}` : `${Math.round(x)} ${say("unit_s")}`) : `${Number(x.toFixed(3))} ${field.unit}`);
    const input = make("input", { type: "range", min: low, max: high, step, "data-path": field.path, title: field.says });
    input.value = now;
    const output = make("output", {}, told(Number(now)));
    input.addEventListener("input", () => {
      const x = Number(input.value);
      output.textContent = told(x);
      clearTimeout(State.slide);
      State.slide = setTimeout(() => {
        const changes = { ...State.move.changes };
        if (x === field.number) delete changes[field.path];
        else changes[field.path] = field.unit === "s" ? `${x} s` : isCount ? Math.round(x) : x;
        Page.move({ changes });
      }, 30);
    });
    const gone = make("button", { type: "button", title: say("remove"), onclick: () => { State.sliders = State.sliders.filter((path) => path !== field.path); const changes = { ...State.move.changes }; const was = changes[field.path] !== undefined; delete changes[field.path]; Page.showSliders(); if (was) Page.move({ changes }); } }, "×");
    return make("label", {}, make("span", {}, field.path), input, output, gone);
  },

  show() {
    Page.draw();
    Page.showNumbers();
    if (State.step === "reveal") Lesson.showReveal();
    if (State.step === "doubt") Lesson.showDoubt();
    if (State.step === "home") Lesson.showHandout();
    if (State.step === "edit") Editor.drawLoad();
  },
};
Page.start().catch((error) => { const box = $("problem"); box.hidden = false; box.textContent = error && error.message ? error.message : String(error); });
