// The page's words, out of the language file, and how numbers, times and what happened are told in them. Never holds a sentence of its own.
"use strict";
// Counts askings; each tells later whether it is still the latest.
const askings = () => { let latest = 0; return () => { const mine = (latest += 1); return () => mine === latest; }; };
const Words = { table: {} };
function say(key, values = {}) {
  const text = Words.table[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values[name] === undefined ? whole : String(values[name]))).replaceAll(" %", "\u00a0%");
}
const sideName = (side) => say(side ? "right_short" : "left_short");
Words.fill = function () {
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
};
const Numbers = {
  fixed: (x, digits) => x.toLocaleString(say("locale"), { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−"),
  count: (x) => Numbers.fixed(x, Math.abs(x) < 10 && x % 1 ? 1 : 0),
  money: (x, currency) => `${currency} ${(Math.round(x) || 0).toLocaleString(say("locale"))}`.replace("-", "−"),
  signed: (x, digits = 0) => (Number(x.toFixed(digits)) > 0 ? "+" : Number(x.toFixed(digits)) < 0 ? "−" : "±") + Math.abs(x).toLocaleString(say("locale"), { maximumFractionDigits: digits, minimumFractionDigits: digits }),
  share(x) {
    const digits = x >= 0.0995 || x === 0 ? 0 : x >= 0.0095 ? 1 : 2, least = x > 0 && x < 0.00005;
    return (least ? "< " : "") + (least ? 0.0001 : x).toLocaleString(say("locale"), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
  },
  // A length of time as people say it: 40 seconds, 14 minutes, 2 hr 10 min, 3 days.
  length(s) {
    const unit = (n, name, unitDisplay = "long") => n.toLocaleString(say("locale"), { style: "unit", unit: name, unitDisplay }), minutes = Math.round(s / 60);
    if (s < 120 && s !== 60) return unit(s, "second");
    if (minutes < 120) return unit(minutes, "minute");
    const hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (hours < 48) return unit(hours, "hour", "short") + (rest ? ` ${unit(rest, "minute", "short")}` : "");
    return unit(Math.round(minutes / 1440), "day");
  },
  forms: { day: { day: "numeric", month: "long" }, full: { day: "numeric", month: "long", year: "numeric" }, clock: { hour: "numeric", minute: "2-digit" }, date: { weekday: "short", day: "numeric", month: "long" }, moment: { weekday: "short", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" } },
  made: {},
  // A date, a time of day or both, in the page's language; days have 24 hours everywhere. Moments are the scenario's own, without a time zone.
  written(form, date) {
    const name = `${form} ${say("locale")}`;
    if (!Numbers.made[name]) Numbers.made[name] = new Intl.DateTimeFormat(say("locale"), { ...Numbers.forms[form], hourCycle: "h23", timeZone: "UTC" });
    return Numbers.made[name].format(date);
  },
  clock: (s) => Numbers.written("clock", new Date(s * 1000)),
  date: (day, form = "date") => Numbers.written(form, new Date(`${day}T00:00Z`)),
};
// Steps into sentences. A step is [key, values]; the language file has its sentence, and a value's name ends in how it is written.
const Told = {
  kinds: {
    s: (x) => Numbers.length(x),
    at: (moment, today) => Numbers.written(moment.startsWith(today || "-") ? "clock" : "moment", new Date(`${moment}Z`)),
    date: (day) => Numbers.date(day),
    share: (x) => Numbers.share(x),
    money: (x) => Numbers.money(x, State.scenario.currency),
    n: (x) => Numbers.count(x),
  },
  value(name, value, today) {
    const kind = Told.kinds[name.split("_").pop()];
    return kind ? kind(value, today).replaceAll(" ", "\u00a0") : name === "customer" ? value : ownName(value);
  },
  sentence([key, values], today) {
    const written = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Told.value(name, value, today)])), text = say(`told_${key}`, written);
    return Told.large(text);
  },
  large: (text) => text.charAt(0).toLocaleUpperCase(say("locale")) + text.slice(1),
  // Sentences of steps; a moment of the day that is told says no date.
  story: (steps, today = "") => steps.map((each) => Told.sentence(each, today)).join(" "),
};
function make(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...inside.filter((each) => each !== null && each !== undefined));
  return node;
}
const $ = (id) => document.getElementById(id);
const plainName = (name) => name.replaceAll("_", " ");
// A name or a title of the scenario in the page's language, where the language file has it ("= clerks", and "= clerks/" for one of them); else as the scenario has it.
const ownName = (name) => {
  const [head, ...rest] = name.split("/"), one = rest.length ? Words.table[`= ${head}/`] : undefined;
  return [one || Words.table[`= ${head}`] || plainName(head), ...rest].join("/");
};
const ownTitle = (title) => title.split("; and ").map((part) => Words.table[`= ${part}`] || part).reduce((first, second) => say("titles_joined", { first, second }));
// A weekday's short name in the page's language; the server says Mon, Tue ...
const dayName = (day) => new Date(Date.UTC(2024, 0, 1 + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(day))).toLocaleDateString(say("locale"), { weekday: "short", timeZone: "UTC" });
