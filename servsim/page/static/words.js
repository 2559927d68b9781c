// The page's words, out of the language file. Never holds a sentence of its own.
"use strict";
const Words = { table: {} };
function say(key, values = {}) {
  const text = Words.table[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values[name] === undefined ? whole : String(values[name])));
}
Words.fill = function () {
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
};
const Numbers = {
  fixed: (x, digits) => x.toLocaleString(say("locale"), { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−"),
  count: (x) => Numbers.fixed(x, Math.abs(x) < 10 && x % 1 ? 1 : 0),
  money: (x, currency) => `${currency} ${Math.round(x).toLocaleString(say("locale"))}`.replace("-", "−"),
  signed: (x, digits = 0) => (Number(x.toFixed(digits)) > 0 ? "+" : Number(x.toFixed(digits)) < 0 ? "−" : "±") + Math.abs(x).toLocaleString(say("locale"), { maximumFractionDigits: digits, minimumFractionDigits: digits }),
  clock: (s) => `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`,
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
// A weekday's short name in the page's language; the server says Mon, Tue ...
const dayName = (day) => new Date(Date.UTC(2024, 0, 1 + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(day))).toLocaleDateString(say("locale"), { weekday: "short", timeZone: "UTC" });
