// The lesson: votes, bets that stay hidden, cards within a budget, the board, the reveal, doubt, the hand-out. Kept in this window only.
"use strict";
const RISE_MS = 2400;
const Lesson = {
  fresh: () => ({ votes: [0, 0, 0, 0, 0], bets: ["", "", "", "", ""], board: [], budget: 1000, team: 0, picks: [[], [], [], [], []] }),
  store: null,
  chosen: new Set(),
  drawer: () => `servsim_lesson:${State.scenario.name}`,
  save() {
    try { sessionStorage.setItem(Lesson.drawer(), JSON.stringify(Lesson.store)); } catch (error) { Lesson.unsaved = String(error); }
  },
  restore() {
    Lesson.store = Lesson.fresh();
    try { Lesson.store = Lesson.sound(JSON.parse(sessionStorage.getItem(Lesson.drawer()) || "{}")); } catch (error) { Lesson.unsaved = String(error); }
    const known = new Set(State.scenario.cards.map((card) => card.name));
    Lesson.store.picks = Lesson.store.picks.map((names) => names.filter((name) => known.has(name)));
    Lesson.chosen = new Set(Lesson.store.picks[Lesson.store.team]);
  },
  // What was kept of a lesson, as far as it has the shape of one.
  sound(found) {
    const fresh = Lesson.fresh();
    for (const [name, own] of Object.entries(fresh)) {
      const it = found[name], isList = Array.isArray(own);
      if (isList ? Array.isArray(it) && (!own.length || it.length === own.length) && (name !== "picks" || it.every(Array.isArray)) : typeof it === typeof own) fresh[name] = it;
    }
    return { ...fresh, team: fresh.picks[fresh.team] ? fresh.team : 0 };
  },
  reset() {
    Lesson.store = Lesson.fresh();
    $("budget").value = Lesson.store.budget;
    Lesson.chosen = new Set();
    Lesson.save();
  },
  teams: () => [1, 2, 3, 4, 5].map((n) => say("team_n", { n })),
  main: () => State.scenario.cards.find((card) => card.name === State.scenario.main),
  pair: () => { const main = Lesson.main(); return main ? { base: main.reference || "nothing", other: main.name } : { base: "nothing", other: "nothing" }; },
  // The lesson plays the scenario as it is, but for what customers remember, which the sceptic chose; a file has no cards for that.
  setting() {
    const preset = State.move.changes["loyalty.preset"];
    return { changes: preset && !Engine.file ? { "loyalty.preset": preset } : {}, day: null };
  },
  otherChanges: (move) => Object.entries(move.changes).filter(([path]) => path !== "loyalty.preset"),
  isPair: (move) => move.base === Lesson.pair().base && move.other === Lesson.pair().other,
  isOwn: (move) => Lesson.isPair(move) && !move.day && !Lesson.otherChanges(move).length,
  settingTold: (move) => [...Lesson.otherChanges(move).map(([path, value]) => `${path}: ${value}.`), ...(move.day ? [`${Numbers.date(move.day)}.`] : [])].join(" "),
  money: (x) => Numbers.money(x, State.scenario.currency),

  // ---- story and votes
  showStory() {
    $("anecdote").replaceChildren(...say("anecdote").split("\n").map((line) => make("p", {}, line)));
    const names = say("suspects").split("|");
    const rows = make("div", { className: "votes" });
    names.forEach((name, place) => {
      const bar = make("div", { className: "tally" });
      const grow = () => { bar.style.width = `${Math.min(100, Lesson.store.votes[place] * 3)}%`; };
      const input = make("input", { type: "number", min: 0, max: 200, value: Lesson.store.votes[place], "aria-label": say("votes_for", { name }) });
      input.addEventListener("input", () => { Lesson.store.votes[place] = Math.max(0, Number(input.value) || 0); Lesson.save(); grow(); });
      grow();
      rows.append(make("label", {}, input, ` ${name}`), bar);
    });
    $("votes").replaceChildren(rows);
  },

  // ---- bets
  saving() {
    const main = Lesson.main(), other = main && State.scenario.cards.find((card) => card.name === main.reference);
    return main && other ? [other.price - main.price, other] : [null, null];
  },
  question() {
    const main = Lesson.main(), [saved, other] = Lesson.saving();
    if (!main) return say("bet_question_none");
    return saved === null ? say("bet_question_plain", { title: ownTitle(main.title) }) : say("bet_question", { title: ownTitle(main.title), saved: Lesson.money(saved), other: ownTitle(other.title) });
  },
  showBets() {
    $("bet_question").textContent = Lesson.question();
    const rows = make("div", { className: "bets" });
    Lesson.teams().forEach((team, place) => {
      const input = make("input", { className: "hidden_bet", inputMode: "numeric", autocomplete: "off", value: Lesson.store.bets[place], "aria-label": say("bet_of", { team }) });
      const note = make("span", {}, Lesson.store.bets[place] === "" ? "" : say("bet_kept"));
      input.addEventListener("input", () => {
        Lesson.store.bets[place] = input.value.replace(/[^0-9]/g, "").slice(0, 5);
        if (input.value !== Lesson.store.bets[place]) input.value = Lesson.store.bets[place]; // behind the dots stands what is kept
        note.textContent = Lesson.store.bets[place] === "" ? "" : say("bet_kept");
        Lesson.save();
      });
      rows.append(make("label", {}, `${team} `, input), note);
    });
    $("bets").replaceChildren(rows);
  },
  // Another team's turn: its cards lie where it left them.
  takeTeam(place) {
    Lesson.store.team = place;
    Lesson.chosen = new Set(Lesson.store.picks[place]);
    Lesson.save();
    Lesson.showCards();
    Page.move({ base: "nothing", other: Lesson.combination() });
  },
  showPins() {
    const found = State.run.after && State.run.after.numbers.worse_off, parts = [];
    if (found) {
      const interval = found.low === null ? say("no_interval") : say("interval", { low: Numbers.count(found.low), high: Numbers.count(found.high) });
      parts.push(make("p", { className: "large" }, say("truth", { n: Numbers.count(found.mean), interval })));
      if (Lesson.isOwn(State.run.move)) parts.push(Charts.pins(Lesson.store.bets, found), Lesson.judged(found));
      else parts.push(make("p", {}, say("bets_are_of_the_lesson")));
    }
    $("pins").replaceChildren(...parts);
  },
  // The bets beside what was found.
  judged(found) {
    const nearest = Lesson.store.bets.map((bet, place) => [bet === "" ? Infinity : Math.abs(Number(bet) - found.mean), place]).sort((a, b) => a[0] - b[0])[0];
    const list = make("ul", { id: "bet_list" });
    Lesson.teams().forEach((team, place) => {
      const bet = Lesson.store.bets[place];
      if (bet === "") return;
      const inside = found.low !== null && Number(bet) >= found.low && Number(bet) <= found.high;
      const words = say(inside ? "bet_inside" : Number(bet) < found.mean ? "bet_low" : "bet_high");
      list.append(make("li", {}, `${team}: ${bet}, ${words}${nearest[1] === place ? `, ${say("bet_nearest")}` : ""}`));
    });
    return list;
  },

  // ---- cards, budget, board
  cards() {
    const main = Lesson.main();
    if (!main) return [];
    return State.scenario.cards.filter((card) => card.counters.includes(main.name) || (card.aim && card.aim === main.aim && card.name !== main.name));
  },
  price(card) {
    const main = Lesson.main();
    return card.counters.includes(main.name) ? card.price : card.price - main.price;
  },
  spent: () => [...Lesson.chosen].reduce((sum, name) => sum + Math.max(0, Lesson.price(State.scenario.cards.find((card) => card.name === name))), 0),
  // The decision that the chosen cards come to: an alternative stands in for the main one, answers go with it.
  combination() {
    const main = Lesson.main();
    if (!main) return "nothing";
    const picked = [...Lesson.chosen].map((name) => State.scenario.cards.find((card) => card.name === name));
    const instead = picked.find((card) => !card.counters.includes(main.name)), answers = picked.filter((card) => card !== instead);
    return [instead ? instead.name : main.name, ...answers.map((card) => card.name)].join("+");
  },
  showCards() {
    const left = Lesson.store.budget - Lesson.spent();
    $("left_over").textContent = say("left_over", { money: Lesson.money(left) });
    if (!Lesson.main()) return $("cards").replaceChildren(make("p", {}, say("no_decisions")));
    $("cards").replaceChildren(...Lesson.cards().map((card) => {
      const price = Lesson.price(card), isOn = Lesson.chosen.has(card.name), isAnswer = card.counters.includes(Lesson.main().name);
      const told = price > 0 ? Lesson.money(price) : price < 0 ? say("saves", { money: Lesson.money(-price) }) : say("free");
      const button = make("button", { type: "button", disabled: !isOn && price > left, "aria-pressed": isOn, "data-card": card.name, title: card.why },
        make("b", {}, told), make("small", {}, ownTitle(card.title)), make("small", {}, say(isAnswer ? "answer" : "instead")));
      button.addEventListener("click", () => {
        if (isOn) Lesson.chosen.delete(card.name);
        else {
          if (!isAnswer) for (const name of [...Lesson.chosen]) if (!State.scenario.cards.find((each) => each.name === name).counters.includes(Lesson.main().name)) Lesson.chosen.delete(name);
          Lesson.chosen.add(card.name);
        }
        Lesson.store.picks[Lesson.store.team] = [...Lesson.chosen];
        Lesson.save();
        Lesson.showCards();
        Page.move({ base: "nothing", other: Lesson.combination() });
        const again = document.querySelector(`[data-card="${card.name}"]`);
        if (again) again.focus();
      });
      return button;
    }));
    return undefined;
  },
  // Only what this team's cards come to goes on the board, when all of it is counted.
  enter() {
    const { after, stage, move, is_done } = State.run;
    if (!Lesson.main()) return Page.problem({ message: say("no_decisions"), problems: [] });
    if (!is_done || move.base !== "nothing" || move.other !== Lesson.combination() || State.move !== move) return Page.problem({ message: say("wait_for_money"), problems: [] });
    const net = Lesson.net(after.numbers), worse = after.numbers.worse_off;
    const team = Lesson.store.team;
    Lesson.store.board = Lesson.store.board.filter((row) => row.team !== team);
    Lesson.store.board.push({ team, what: stage.other.name, money: net.mean, low: net.low, high: net.high, people: worse.mean, people_low: worse.low, people_high: worse.high, n: after.n });
    Lesson.save();
    Lesson.showBoard();
    return undefined;
  },
  // What a decision costs in all: the books and the customers' margin.
  net: (numbers) => numbers.net,
  reach: (row, name) => (name === "money" ? [row.low, row.high] : [row.people_low, row.people_high]),
  overlap: ([low, high], [other_low, other_high]) => [low, high, other_low, other_high].every((x) => typeof x === "number") && low <= other_high && other_low <= high,
  showBoard() {
    // A rank whose interval overlaps that of the rank above is marked: which of the two is ahead is not sure.
    const table = (title, name, told) => {
      const sorted = [...Lesson.store.board].sort((a, b) => a[name] - b[name]), isClose = sorted.map((row, place) => place > 0 && Lesson.overlap(Lesson.reach(row, name), Lesson.reach(sorted[place - 1], name)));
      const rows = sorted.map((row, place) => make("tr", {}, make("td", {}, `${isClose[place] ? "≈ " : ""}${place + 1}. ${Lesson.teams()[row.team]}: ${row.what.split("+").map(ownName).join(" + ")}`), make("td", {}, told(row) + span(...Lesson.reach(row, name)))));
      return make("div", { className: "board" }, make("b", {}, title), make("table", {}, ...rows), isClose.includes(true) ? make("small", {}, say("too_close")) : null);
    };
    const span = (low, high) => (typeof low === "number" ? ` [${Numbers.fixed(low, 0)};\u00a0${Numbers.fixed(high, 0)}]` : "");
    $("board").replaceChildren(
      table(say("by_money"), "money", (row) => Lesson.money(row.money)),
      table(say("by_people"), "people", (row) => say("people_n", { n: Numbers.count(row.people) }).replaceAll(" ", "\u00a0")),
    );
  },

  // ---- reveal
  layers(numbers) {
    const amount = (name) => numbers[name].mean, soft = amount("soft");
    const books = amount("account_service") + amount("account_prevention") + amount("account_appraisal");
    return [
      { key: "books", amount: books, colour: "#9fb6c4", words: say("layer_books") },
      { key: "internal", amount: amount("account_internal_failure"), colour: "#56b4e9", words: say("layer_internal") },
      { key: "external", amount: amount("account_external_failure"), colour: "#e69f00", words: say("layer_external") },
      { key: "soft", amount: soft, colour: "#d55e00", words: say("layer_soft") },
      { key: "own", amount: amount("own_time"), colour: "#8c6bb1", words: say("layer_own") },
    ].map((layer) => ({ ...layer, told: layer.amount < 0 ? say("saves", { money: Lesson.money(-layer.amount) }) : Lesson.money(layer.amount) }));
  },
  showReveal() {
    const after = State.run.after;
    if (!Lesson.main()) return $("pins").replaceChildren(make("p", {}, say("no_decisions")));
    Lesson.showPins();
    if (!after) return $("iceberg").replaceChildren(make("p", {}, say("counting")));
    $("iceberg").replaceChildren(Charts.iceberg(Lesson.layers(after.numbers), State.scenario.currency), make("p", {}, say("iceberg_words", { left: Page.called(State.run.stage.base), n: after.n, from: Numbers.date(State.run.stage.first, "day"), to: Numbers.date(State.run.stage.last, "day") })));
    Lesson.rise();
    const { cost_per_contact: cost, cost_per_met_need: met, answered, repeats } = after.numbers, { currency } = State.scenario;
    $("dashboard").replaceChildren(make("h3", {}, say("dashboard")),
      make("p", {}, make("b", {}, say(cost.mean < 0 ? "dashboard_better" : "dashboard_worse", { before: Numbers.fixed(cost.base, 2), now: Numbers.fixed(cost.other, 2), currency }))),
      make("p", {}, say("dashboard_why", { answered: Numbers.count(answered.other), repeats: Numbers.count(repeats.other), change: Numbers.signed(repeats.mean), met_before: Numbers.fixed(met.base, 2), met_now: Numbers.fixed(met.other, 2), currency })));
    return undefined;
  },

  // The iceberg comes up from its tip to its foot, once for each visit of the step; at once for those who want no motion.
  rise() {
    const svg = document.querySelector("#iceberg svg"), now = performance.now();
    if (!svg || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    if (Lesson.risen_since === null || Lesson.risen_since === undefined) Lesson.risen_since = now;
    const share = (now - Lesson.risen_since) / RISE_MS;
    svg.style.clipPath = share < 1 ? `inset(0 0 ${100 * (1 - share)}% 0)` : "";
    if (share < 1) requestAnimationFrame(() => Lesson.rise());
  },

  // ---- doubt
  showDoubt() {
    const after = State.run.after, factor = Number($("worth").value) / 100;
    $("worth_now").textContent = `${Math.round(factor * 100)} %`;
    if (!Lesson.main()) { $("verdict").textContent = say("no_decisions"); return; }
    if (!after) { $("verdict").textContent = say("counting"); return; }
    const soft = after.numbers.soft, inside = after.numbers.cost.mean, outside = soft.mean, net = inside + outside * factor;
    const { point, low, high, is_cheap_below } = after.flip, percent = (x) => Math.round(x * 100);
    const words = inside < 0 && net > 0 ? "verdict_costs_outside" : net > 0 ? "verdict_costs" : inside < 0 && outside > 0 ? "verdict_pays" : "verdict_saves";
    $("verdict").textContent = say(words, { inside: Lesson.money(Math.abs(inside)), outside: Lesson.money(Math.abs(outside * factor)), net: Lesson.money(Math.abs(net)) });
    $("verdict").dataset.net = net.toFixed(2);
    $("verdict").dataset.flip = point === null ? "" : point.toFixed(4);
    Object.assign($("flip_range").dataset, { low: low === null ? "" : low.toFixed(4), high: high === null ? "" : high.toFixed(4) });
    Charts.flip($("flip"), inside, outside, factor, after.flip, State.scenario.currency);
    const margins = State.scenario.fields.filter((field) => /^segments\.[^.]+\.margin$/.test(field.path) && field.number);
    const told = margins.map((field) => say("margin_of", { segment: ownName(field.path.split(".")[1]), money: Lesson.money(field.number * factor) })).join(", ");
    $("flip_words").textContent = point === null ? say("never_flips") : say(is_cheap_below ? "flip_words_cheap" : "flip_words_dear", { share: percent(point), margins: told });
    const range = after.n < 2 ? "flip_waits" : low === null ? "flip_range_none" : high !== null ? "flip_range" : low > 0 ? "flip_range_open" : "flip_range_all";
    $("flip_range").textContent = say(range, { low: percent(low || 0), high: percent(high || 0), n: after.n });
  },

  // ---- hand-out
  showHandout() {
    const { stage, after } = State.run, parts = [make("p", {}, say("handout_head", { scenario: ownTitle(State.scenario.title), seed: stage ? stage.seed : "" }))];
    if (stage) parts.push(make("p", {}, say("handout_worlds", { left: Page.called(stage.base), right: Page.called(stage.other), from: Numbers.date(stage.first, "full"), to: Numbers.date(stage.last, "full") })));
    if (after) {
      const list = make("ul", { id: "handout_numbers" });
      for (const [name, key, kind] of Page.after_rows) {
        const found = after.numbers[name];
        if (found) list.append(make("li", {}, `${say(key)}: ${Page.told(found, kind)}`));
      }
      const { move } = State.run, preset = Page.preset(move), told = Lesson.settingTold(move);
      const given = [...(preset ? [`${say("preset")}: ${say(`preset_${preset}`)}.`] : []), ...(told ? [told] : [])];
      parts.push(...given.map((line) => make("p", {}, line)), make("p", {}, say("handout_numbers", { n: after.n })), list);
    }
    parts.push(make("h3", {}, say("four_questions")), make("ol", {}, ...say("questions").split("\n").map((line) => make("li", {}, line, make("i"), make("i"), make("i")))), make("p", {}, say("caveat")));
    $("handout").replaceChildren(...parts);
  },
};
