// Where runs come from: the server beside this page, or the runs that this very file carries. Never draws.
"use strict";
const Engine = {
  file: window.SERVSIM_FILE || null,
  window: Array.from(crypto.getRandomValues(new Uint8Array(12)), (x) => x.toString(16).padStart(2, "0")).join(""),
  running: null,
  async ask(path, body) {
    const given = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(path, given);
    const found = await answer.json();
    if (!answer.ok) throw found;
    return found;
  },
  async scenario(language) {
    if (Engine.file) return { ...Engine.file.scenario, language: Engine.language(language), words: Engine.file.texts[Engine.language(language)] };
    return Engine.ask(`api/scenario${language ? `?language=${encodeURIComponent(language)}` : ""}`);
  },
  // Of a file: the language asked for, or the one it was made for, or the first one that the browser prefers and the file has.
  language(asked) {
    const known = Object.keys(Engine.file.texts), wanted = [asked, Engine.file.language, ...navigator.languages.flatMap((code) => [code, code.split("-")[0]])];
    return wanted.find((code) => known.includes(code)) || "en";
  },
  // Plays a move; a new one cancels the old one. Calls told(name, data) for every event.
  async run(move, told) {
    if (Engine.running) Engine.running.abort();
    const stopper = new AbortController();
    Engine.running = stopper;
    if (Engine.file) return Engine.replayed(move, told);
    try {
      const answer = await fetch("api/run", {
        method: "POST", headers: { "content-type": "application/json" }, signal: stopper.signal, body: JSON.stringify({ window: Engine.window, ...move }),
      });
      if (!answer.ok) return told("problem", await answer.json());
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done || stopper.signal.aborted) return undefined;
        rest += value;
        const parts = rest.split("\n\n");
        rest = parts.pop();
        for (const part of parts) {
          const [first, second] = part.split("\n");
          if (!stopper.signal.aborted) told(first.slice(7), JSON.parse(second.slice(6)));
        }
      }
    } catch (error) {
      if (!stopper.signal.aborted) told("problem", { message: say("server_gone"), problems: [] });
    }
    return undefined;
  },
  key: (move) => `${move.base}|${move.other}|${JSON.stringify(move.changes || {})}`,
  replayed(move, told) {
    const known = Engine.file.runs[Engine.key(move)];
    if (!known) return told("problem", { message: say("not_in_file"), problems: [] });
    for (const [name, data] of known.events) told(name, data);
    return undefined;
  },
  async lives(run, customer) {
    if (!Engine.file) return Engine.ask("api/lives", { run, customer });
    const known = Engine.file.lives[run] || {};
    const found = known[customer || known.telling];
    if (!found) throw { message: say("no_life_in_file"), problems: [] };
    return found;
  },
  contact: (run, base_row, other_row) =>
    Engine.file ? Promise.reject({ message: say("no_life_in_file"), problems: [] }) : Engine.ask("api/contact", { run, base_row, other_row }),
  agent: (run, side, agent) => (Engine.file ? Promise.resolve(Engine.file.agents[run][side][agent]) : Engine.ask("api/agent", { run, side, agent })),
  check: (changes, added) => Engine.ask("api/check", { changes, added }),
  async yaml(changes, added) {
    const answer = await fetch("api/yaml", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ changes, added }) });
    if (!answer.ok) throw await answer.json();
    return answer.text();
  },
};
