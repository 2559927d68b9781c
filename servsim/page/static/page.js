// The page itself: which step is shown, what is being played, keys and clicks. One run at a time; a new move replaces it.
"use strict";
const State = { scenario: null, step: "story", move: { base: "nothing", other: "nothing", changes: {}, seed: 1, day: null }, run: { stage: null, curves: [], day: null, replay: null, after: null }, time: 32400, playing: false, speed: 1, chosen: null, agent: "", sliders: [], slides: {}, heard: "" };
const STEPS = ["story", "bet", "watch", "spend", "reveal", "doubt", "home", "whatif", "edit"];
const DAY_IN_S = 90;

const Page = {
  floors: [],
  // What was asked for last is told, or spoken, whichever answer comes last.
  asks: askings(),
  speaks: askings(),
  after_rows: [["worse_off", "row_worse_off", "people"], ["better_off", "row_better_off", "people"], ["in_vain", "row_in_vain", "count"], ["lost_year", "row_lost_year", "lost"], ["own_hours", "row_own_hours", "hours"], ["cost", "row_cost", "money"], ["account_external_failure", "row_external", "money"], ["soft_at_risk", "row_at_risk", "money"], ["soft_customers_lost", "row_lost_value", "money"], ["soft_word_of_mouth", "row_word_of_mouth", "money"], ["net", "row_net", "money"]],
  brief_rows: [["worse_off", "row_worse_off", "people"], ["in_vain", "row_in_vain", "count"], ["lost_year", "row_lost_year", "lost"], ["own_hours", "row_own_hours", "hours"], ["cost", "row_cost", "money"], ["soft", "row_soft", "money"], ["net", "row_net", "money"]],
  day_rows: [["worse_off", "row_worse_off", "people"], ["left", "row_left", "count"], ["in_vain", "row_in_vain", "count"], ["complaints", "row_complaints", "count"], ["mean_wait_min", "row_wait", "minutes"], ["customer_hours", "row_own_hours", "hours"]],

  async start() {
    await Page.speak(new URLSearchParams(location.search).get("lang") || "");
    Lesson.restore();
    Page.floors = [new Floor($("floor0"), 0), new Floor($("floor1"), 1)];
    Page.words();
    Page.controls();
    Object.assign(State.move, Lesson.pair(), { seed: State.scenario.seed });
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
    Page.take(await Engine.scenario(language).catch((error) => { refused = error; return Engine.scenario(""); }));
    if (refused) Page.later_problem = refused;
  },

  take(scenario) {
    State.scenario = scenario;
    Words.table = State.scenario.words;
    document.documentElement.lang = State.scenario.language;
  },

  // Another language while the page is open: the one asked for last, or, where the server is gone, the one that is shown.
  async speakInstead(language) {
    const isLatest = Page.speaks();
    let found = null;
    try { found = await Engine.scenario(language); } catch (error) { Page.problem(error && error.message && error.problems ? error : { message: say("server_gone"), problems: [] }); }
    if (!isLatest()) return;
    if (!found) { $("language").value = State.scenario.language; return; }
    Page.take(found);
    Page.words();
    Page.choices();
    Page.captions();
    Page.agents();
    if (Page.parts) Page.telling(Page.parts);
    Page.step(State.step);
  },

  words() {
    Words.fill();
    $("play").textContent = say(State.playing ? "pause" : "play");
    document.title = `${ownTitle(State.scenario.title)}: servsim`;
    Object.assign($("title"), { textContent: ownTitle(State.scenario.title), title: ownTitle(State.scenario.title) });
    Page.facts();
    $("steps").replaceChildren(...STEPS.filter((step) => !(Engine.file && step === "edit")).map((step, place) => make("button", { type: "button", role: "tab", id: `tab_${step}`, "aria-controls": step, onclick: () => Page.goTo(step) }, `${place + 1} ${say(`step_${step}`)}`)));
    const legend = [["●", "good", "legend_helped"], ["▲", "bad", "legend_failed"], ["✕", "gone", "legend_left"], ["●", "wait", "legend_wait"], ["●", "served", "legend_served"]];
    $("legend").replaceChildren(...legend.map(([shape, colour, key]) => { const mark = make("i", {}, shape); mark.style.color = Colours[colour]; return make("span", {}, mark, ` ${say(key)}`); }));
    Lesson.showStory();
    Lesson.showBets();
    Lesson.showBoard();
  },

  facts() {
    const { stage, day } = State.run;
    $("facts").textContent = stage ? say("facts_run", { seed: stage.seed, day: Numbers.date(stage.shown, "day"), n: day ? day.n : 0, ms: Math.round(State.first || 0) }) : say("facts", { seed: State.move.seed });
  },

  options(select, pairs, value) {
    select.replaceChildren(...pairs.map(([key, words]) => make("option", { value: key }, words)));
    if (value !== undefined && value !== null) select.value = value;
  },

  choices() {
    const known = State.scenario.cards.map((card) => [card.name, shortened(ownTitle(card.title), 60)]);
    const all = [["nothing", say("nothing_title")], ...known];
    Page.options($("left"), all, State.move.base);
    Page.options($("right"), all, State.move.other.split("+")[0]);
    const main = State.move.other.split("+")[0];
    Page.options($("also"), [["", "–"], ...State.scenario.cards.filter((card) => card.counters.includes(main)).map((card) => [card.name, ownTitle(card.title)])], State.move.other.split("+")[1] || "");
    Page.options($("day"), [["", say("worst_day")], ...State.scenario.days.map((day) => [day, day])], State.move.day || "");
    $("seed").value = State.move.seed;
    Page.options($("team"), Lesson.teams().map((team, place) => [place, team]), Lesson.store.team);
    Page.options($("speed"), [["0.5", "½ ×"], ["1", "1 ×"], ["2", "2 ×"], ["5", "5 ×"]], String(State.speed));
    Page.options($("language"), State.scenario.languages, State.scenario.language);
    const preset = Page.presetField();
    Page.options($("preset"), (preset ? preset.choices : []).map((name) => [name, say(`preset_${name}`)]), Page.preset(State.move));
    $("preset").disabled = !preset;
    $("paths").replaceChildren(...State.scenario.fields.filter((field) => field.number !== null && !/^calendar/.test(field.path)).map((field) => make("option", { value: field.path })));
    if (!State.sliders.length) State.sliders = State.scenario.fields.filter((field) => field.number !== null && /^(teams\.[^.]+\.agents|teams\.[^.]+\.shifts\.[^.]+\.agents|cover\.[^.]+\.substitute\.has_file)$/.test(field.path)).slice(0, 4).map((field) => field.path);
    if (Engine.file) State.sliders = Engine.file.grid ? [Engine.file.grid.path] : [];
    if (Engine.file) for (const id of ["left", "right", "also", "day", "seed", "path", "add"]) $(id).disabled = true;
    Page.showSliders();
    Lesson.showCards();
  },

  presetField: () => State.scenario.fields.find((field) => field.path === "loyalty.preset"),

  // What customers remember in a move: the preset chosen, or the scenario's own.
  preset(move) {
    const own = Page.presetField();
    return move.changes["loyalty.preset"] || (own ? own.text : "");
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
    on("reset", "click", () => { Lesson.reset(); State.move = { ...State.move, changes: {}, seed: Engine.file ? State.move.seed : State.scenario.seed }; $("worth").value = 100; for (const slide of Object.values(State.slides)) clearTimeout(slide); if (State.playing) Page.toggle(); Page.tellNothing(); Lesson.showStory(); Lesson.showBets(); Lesson.showBoard(); Page.choices(); Page.step("story"); Page.lessonPair(); });
    on("budget", "input", () => { Lesson.store.budget = Math.max(0, Number($("budget").value) || 0); Lesson.save(); Lesson.showCards(); });
    on("enter", "click", () => Lesson.enter());
    on("print", "click", () => window.print());
    on("left", "change", () => Page.move({ base: $("left").value }));
    on("right", "change", () => { Page.move({ other: $("right").value }); Page.choices(); });
    on("also", "change", () => Page.move({ other: [$("right").value, $("also").value].filter(Boolean).join("+") }));
    on("day", "change", () => Page.move({ day: $("day").value || null }));
    on("seed", "change", () => Page.takeSeed($("seed").value));
    on("add", "click", () => Page.addSlider($("path").value));
    on("preset", "change", () => {
      const changes = { ...State.move.changes }, own = Page.presetField();
      if ($("preset").value === own.text) delete changes["loyalty.preset"];
      else changes["loyalty.preset"] = $("preset").value;
      Page.move({ changes: Engine.file && changes["loyalty.preset"] ? { "loyalty.preset": changes["loyalty.preset"] } : changes });
      Page.showSliders();
    });
    on("to_lesson", "click", () => { Page.lessonPair(); Page.choices(); });
    on("worth", "input", () => Lesson.showDoubt());
    on("find", "input", () => Editor.show());
    on("unsaid", "change", () => Editor.show());
    on("download", "click", () => Editor.download());
    on("load_team", "change", () => Editor.drawLoad());
    on("team", "change", () => Lesson.takeTeam(Number($("team").value)));
    on("place", "change", () => Editor.showPlace());
    on("place_add", "click", () => Editor.add());
    on("language", "change", () => Page.speakInstead($("language").value));
    for (const side of [0, 1]) on(`floor${side}`, "click", (event) => Page.click(side, event));
    for (const id of ["curves", "curves2"]) on(id, "click", (event) => { if (State.run.stage) { State.time = Charts.timeAt($(id), State.run, event.offsetX); Page.draw(); } });
    document.addEventListener("keydown", Page.pressed);
    window.addEventListener("resize", () => Page.show());
  },

  pressed(event) {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.altKey || event.metaKey || tag === "SELECT" || (tag === "INPUT" && event.target.type !== "range" && event.target.type !== "checkbox")) return;
    const place = STEPS.indexOf(State.step);
    if (/^[1-9]$/.test(event.key)) Page.goTo(STEPS[Number(event.key) - 1]);
    else if (event.key === " " && State.step === "watch" && !["BUTTON", "SUMMARY"].includes(tag) && event.target.type !== "checkbox") { event.preventDefault(); Page.toggle(); }
    else if (event.key === "k") $("key").click();
    else if (event.key === "d") Page.firstDifference();
    else if (event.key === "t") Page.tell("");
    else if (event.key === "Escape" && State.step === "watch") Page.tellNothing();
    else if (event.key === "PageDown") { event.preventDefault(); Page.step(STEPS[Math.min(STEPS.length - 1, place + 1)]); }
    else if (event.key === "PageUp") { event.preventDefault(); Page.step(STEPS[Math.max(0, place - 1)]); }
    else if (tag !== "INPUT" && event.key === "ArrowRight") { State.time += event.shiftKey ? 3600 : 300; Page.draw(); }
    else if (tag !== "INPUT" && event.key === "ArrowLeft") { State.time -= event.shiftKey ? 3600 : 300; Page.draw(); }
  },

  // A step that is asked for by itself: what is read and typed next is there.
  goTo(name) {
    Page.step(name);
    $("main").focus({ preventScroll: true });
  },

  step(name) {
    if (!STEPS.includes(name) || (Engine.file && name === "edit")) return;
    const before = State.step;
    State.step = name;
    if (before !== name) { scrollTo(0, 0); Page.problem(null); }
    for (const step of STEPS) $(step).hidden = step !== name;
    for (const tab of document.querySelectorAll("#steps button")) tab.setAttribute("aria-selected", tab.id === `tab_${name}`);
    history.replaceState(null, "", `#${name}`);
    if (name === "spend") { Lesson.showCards(); if (before !== "spend") Page.move({ base: "nothing", other: Lesson.combination(), ...Lesson.setting() }); }
    else if (before === "spend" && ["reveal", "doubt", "watch", "home"].includes(name)) Page.lessonPair();
    if (name === "edit") Editor.start();
    if (name === "reveal" && before !== "reveal") Lesson.risen_since = null;
    if (name === "whatif") Page.choices();
    Page.show();
  },

  // The lesson's two worlds, as the scenario has them but for what customers remember.
  lessonPair() {
    Page.move({ ...Lesson.pair(), ...Lesson.setting() });
  },

  // ---- runs

  move(changed) {
    const move = { ...State.move, ...changed };
    if (Engine.file && !Engine.file.runs[Engine.key(move)]) return Page.refuse({ message: say("not_in_file"), problems: [] });
    State.move = move;
    Page.problem(null);
    State.asked = performance.now();
    State.first = null;
    const run = { stage: null, move, curves: [], day: null, replay: null, after: null, is_done: false };
    $("progress").textContent = say("running");
    for (const box of document.querySelectorAll(".numbers, #iceberg, #pins, #verdict, #handout")) box.classList.add("stale");
    State.heard = document.body.dataset.events = "";
    delete document.body.dataset.days_ms;
    return Engine.run(move, (name, data) => Page.told_event(run, name, data));
  },

  // What cannot be played is told, and the controls say again what is.
  refuse(problem) {
    if (State.run.move) State.move = State.run.move;
    $("progress").textContent = "";
    for (const box of document.querySelectorAll(".stale")) box.classList.remove("stale");
    Page.choices();
    Page.problem(problem);
  },

  told_event(run, name, data) {
    if (name === "problem") return Page.refuse(data);
    if (name === "stage") { run.stage = data; State.run = run; Page.tellNothing(); $("preset").value = Page.preset(run.move); }
    if (name === "day") {
      run.day = data;
      run.curves.push({ waiting: data.waiting, left: data.left, replication: data.replication });
      if (State.first === null) { State.first = performance.now() - State.asked; document.body.dataset.first_ms = Math.round(State.first); }
    }
    for (const box of document.querySelectorAll(".stale")) box.classList.remove("stale");
    if (name === "replay") Page.loadReplay(run, data);
    if (name === "after") run.after = data;
    if (name === "done") { run.is_done = true; document.body.dataset.done_ms = Math.round(performance.now() - State.asked); }
    if (run.curves.length && !document.body.dataset.days_ms && run.curves.length === run.stage.replications) document.body.dataset.days_ms = Math.round(performance.now() - State.asked);
    $("progress").textContent = name === "done" ? say("all_done", { n: run.stage.replications }) : run.day ? say("so_far", { days: run.day.n, weeks: run.after ? run.after.n : 0, of: run.stage.replications }) : "";
    if (name === "done" || (name === "day" && run.curves.length === 1)) $("heard").textContent = $("progress").textContent; // a reader of screens hears the first and the last
    Page.facts();
    State.heard = `${run.curves.length},${run.after ? run.after.n : 0},${name}`;
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
    Page.agents();
  },

  agents() {
    if (State.run.replay) Page.options($("agent"), [["", "–"], ...State.run.replay.worlds[1].floor.agents.map((agent) => [agent.name, ownName(agent.name)])], State.agent);
  },

  captions() {
    if (!State.run.replay) return;
    State.run.replay.worlds.forEach((world, side) => { $(`name${side}`).textContent = `${sideName(side)}: ${Page.called(world)}`; });
  },

  called: (world) => (world.title ? ownTitle(world.title) : say("nothing_title")),

  problem(found) {
    const box = $("problem");
    box.hidden = !found;
    if (!found) return;
    const lines = (found.problems || []).map((each) => `${each.path}: ${each.value ? `${say("got")} ${each.value}; ` : ""}${each.allowed}${each.nearest ? `; ${say("did_you_mean")} ${each.nearest}?` : ""}`);
    box.textContent = lines.length ? lines.join("\n") : found.message;
  },

  // A seed that is none is refused, and the one that is played stays.
  takeSeed(text) {
    if (/^[0-9]{1,15}$/.test(text)) return Page.move({ seed: Number(text) });
    return Page.problem({ message: say("no_seed", { value: text, seed: State.move.seed }), problems: [] });
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
    const clock = Numbers.clock(State.time);
    $("clock").textContent = clock;
    $("scrub").value = State.time;
    $("scrub").setAttribute("aria-valuetext", clock);
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

  // What is told takes room below the shops, which get smaller for it; Escape closes it. It is put into words again when the language changes.
  telling(parts) {
    Page.parts = parts;
    $("told").replaceChildren(make("button", { type: "button", className: "out", title: say("close"), "aria-label": say("close"), onclick: () => Page.tellNothing() }, "×"), ...parts());
    $("watch").classList.add("telling");
    Page.draw();
  },

  tellNothing() {
    Page.asks();
    Page.parts = null;
    $("told").replaceChildren();
    $("watch").classList.remove("telling");
    Object.assign(State, { chosen: null, agent: "" });
    for (const floor of Page.floors) floor.chosen = null;
    Object.assign($("person"), { value: "" });
    Object.assign($("agent"), { value: "" });
    Page.showStrip(false);
    Page.draw();
  },

  async tell(who) {
    if (!State.run.stage) return;
    const isLatest = Page.asks();
    try {
      const lives = await Engine.lives(State.run.stage.run, who);
      if (!isLatest()) return;
      Page.telling(() => [
        make("h3", {}, Told.sentence(lives.title)),
        make("span", {}, [lives.only_this_day ? say("only_this_day") : "", lives.differs ? "" : say("same_lives")].join(" ").trim()),
        Page.life(lives, 0),
        Page.life(lives, 1),
      ]);
      if (!who) {
        const track = State.run.replay && State.run.replay.worlds[1].tracks.find((each) => each.who === lives.customer);
        State.chosen = track ? track.id : null;
        for (const floor of Page.floors) floor.chosen = State.chosen;
        if (track) { State.time = (track.t[2] === null ? track.t[0] : track.t[2]) + 30; $("person").value = lives.customer; }
        Page.draw();
      }
    } catch (error) {
      if (isLatest()) Page.problem(error);
    }
  },

  // One of two lives: its sum, what happened day by day, and how it ends; what went the same way in the other one is pale.
  life(lives, side) {
    const box = make("div", {}, make("h4", {}, sideName(side)), make("p", {}, make("b", {}, Told.story(lives.sums[side]))));
    for (const day of lives.days) {
      day[side ? "other" : "base"].forEach((each, place) => {
        const date = place ? null : make("b", {}, `${Told.large(Numbers.date(day.date))}. `), only = each.only_here ? make("i", {}, `${say("only_here")} `) : null;
        box.append(make("p", { className: each.same ? "same" : "" }, date, only, Told.story(each.steps, day.date)));
      });
    }
    if (lives.ends[side].length) box.append(make("p", { className: "same" }, Told.story(lives.ends[side])));
    return box;
  },

  async tellContact(track) {
    const rows = State.run.replay.worlds.map((world) => { const own = world.tracks.find((each) => each.id === track.id); return own ? own.row : -1; }), isLatest = Page.asks();
    try {
      const found = await Engine.contact(State.run.stage.run, rows[0], rows[1]);
      if (!isLatest()) return;
      const told = (side) => Told.story(found[side ? "other" : "base"], found.date) || say("not_in_this_world");
      Page.telling(() => [0, 1].map((side) => make("div", {}, make("h4", {}, sideName(side)), make("p", {}, told(side)))));
    } catch (error) {
      if (isLatest()) Page.problem(error);
    }
  },

  // An agent's day as a strip takes the place of the curves.
  showStrip(isShown) {
    $("strip").hidden = !isShown;
    $("watch").classList.toggle("with_strip", isShown);
  },

  async showAgent(name) {
    State.agent = name;
    Page.showStrip(Boolean(name));
    if (!name) return Page.tellNothing();
    Page.draw();
    const isLatest = Page.asks();
    try {
      const found = await Promise.all([0, 1].map((side) => Engine.agent(State.run.stage.run, side, name)));
      if (!isLatest()) return undefined;
      const told = (each) => [each.presence, each.work].filter((steps) => steps.length).map((steps) => make("p", {}, Told.story(steps, each.date)));
      Page.telling(() => found.map((each, side) => make("div", {}, make("h4", {}, `${sideName(side)}: ${Told.sentence(each.title)}`), ...told(each))));
    } catch (error) {
      if (isLatest()) Page.problem(error);
    }
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
    // The brief table, for the wall, has the differences only; the one at the desk both shops too.
    const rows = (numbers, wanted, isBrief) => wanted.filter(([name]) => numbers[name]).map(([name, key, kind]) => {
      const found = numbers[name], reach = Math.max(1e-9, Math.abs(found.low === null ? found.mean : found.low), Math.abs(found.high === null ? found.mean : found.high));
      const digits = kind === "minutes" || kind === "lost" || kind === "hours" ? 1 : 0, plain = (x) => Numbers.fixed(x, digits);
      const isPaired = kind === "people";
      const both = isBrief ? [] : [make("td", {}, isPaired ? "" : plain(found.base)), make("td", {}, isPaired ? "" : plain(found.other))];
      return make("tr", { "data-row": name }, make("td", {}, say(key)), ...both, make("td", {}, Page.told(found, kind)), make("td", {}, Charts.range(found, reach)));
    });
    const head = (isBrief) => make("tr", {}, ...["", ...(isBrief ? [] : ["left_short", "right_short"]), "difference", "interval_head"].map((key) => make("th", {}, key ? say(key) : "")));
    for (const box of document.querySelectorAll(".numbers")) {
      const isBrief = box.dataset.brief && after, parts = isBrief ? [] : [make("b", {}, say("of_the_day", { day: Numbers.date(stage.shown), n: day.n })), make("table", {}, head(false), ...rows(day.numbers, Page.day_rows, false))];
      if (after) parts.push(make("b", {}, say("of_the_weeks", { from: Numbers.date(stage.first, "day"), to: Numbers.date(stage.last, "day"), n: after.n })), make("table", {}, head(isBrief), ...rows(after.numbers, isBrief ? Page.brief_rows : Page.after_rows, isBrief)));
      box.replaceChildren(...parts);
    }
  },

  // ---- sliders

  addSlider(path) {
    const field = State.scenario.fields.find((each) => each.path === path && each.number !== null);
    if (!field) return Page.problem({ message: say("no_such_path", { path }), problems: [] });
    Page.problem(null);
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

  // A path that may be broken behind its dots.
  broken: (path) => path.replaceAll(".", ".\u200b"),

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
      clearTimeout(State.slides[field.path]);
      State.slides[field.path] = setTimeout(() => {
        const changes = { ...State.move.changes };
        if (x === field.number) delete changes[field.path];
        else changes[field.path] = field.unit === "s" ? `${x} s` : isCount ? Math.round(x) : x;
        Page.move({ changes });
      }, 30);
    });
    const gone = make("button", { type: "button", title: say("remove"), onclick: () => { State.sliders = State.sliders.filter((path) => path !== field.path); const changes = { ...State.move.changes }; const was = changes[field.path] !== undefined; delete changes[field.path]; Page.showSliders(); if (was) Page.move({ changes }); } }, "×");
    return make("label", {}, make("span", {}, Page.broken(field.path)), input, output, gone);
  },

  // Says what was set on What if where the lesson goes on with it.
  showSetting() {
    const { stage, move } = State.run, isTold = Boolean(stage) && ["watch", "reveal", "doubt", "home"].includes(State.step) && !Lesson.isOwn(move);
    $("setting").hidden = !isTold;
    if (isTold) $("setting_words").textContent = say("other_setting", { set: [...(Lesson.isPair(move) ? [] : [`${Page.called(stage.base)} / ${Page.called(stage.other)}.`]), Lesson.settingTold(move)].join(" ").trim() });
  },

  show() {
    Page.showSetting();
    Page.draw();
    Page.showNumbers();
    if (State.step === "reveal") Lesson.showReveal();
    if (State.step === "doubt") Lesson.showDoubt();
    if (State.step === "home") Lesson.showHandout();
    if (State.step === "edit") Editor.drawLoad();
    document.body.dataset.events = State.heard; // what is drawn, for those who wait for it: heard of is earlier
  },
};
Page.start().catch((error) => { const box = $("problem"); box.hidden = false; box.textContent = error && error.message ? error.message : String(error); });
