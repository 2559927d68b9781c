// Curves of a day with faint replays, intervals, the iceberg, the agent's strip, the load by hour. Draws numbers, never makes them.
"use strict";
const Charts = {
  // How high a canvas's letters are: nearly as the page's own, at most a share of its height.
  letters: (height, per) => Math.max(12, Math.min(0.86 * parseFloat(getComputedStyle(document.body).fontSize), height / per)),

  // A canvas's pen, emptied, with its size and its letters.
  pen(canvas, per = 6.5) {
    const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    const width = Math.max(200, box.width), height = Math.max(60, box.height);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const letters = Charts.letters(height, per);
    pen.font = `${letters}px system-ui, sans-serif`;
    return { pen, width, height, letters };
  },

  isNarrow: (width) => width < 640,
  curvesPer: (width) => (Charts.isNarrow(width) ? 14 : 6.5),

  // Two panels: people in line, and people who have walked out; both worlds, replays behind, the moment as a line.
  curves(canvas, run, time) {
    if (!canvas.getBoundingClientRect().width || !run.curves.length) return;
    const { pen, width, height, letters } = Charts.pen(canvas, Charts.curvesPer(canvas.getBoundingClientRect().width)), half = width / 2;
    if (Charts.isNarrow(width)) {
      Charts.panel(pen, [0, width], [height / 2, letters], run, "waiting", say("people_in_line"), time);
      pen.translate(0, height / 2);
      Charts.panel(pen, [0, width], [height / 2, letters], run, "left", say("people_walked_out"), time);
      return;
    }
    Charts.panel(pen, [0, half - 8], [height, letters], run, "waiting", say("people_in_line"), time);
    Charts.panel(pen, [half + 8, width], [height, letters], run, "left", say("people_walked_out"), time);
  },

  // Room for the numbers beside a panel.
  margin: (letters) => Math.max(34, letters * 2.1),

  panel(pen, [from, to], [height, letters], run, which, title, time) {
    const steps = run.stage.steps, left = from + Charts.margin(letters), bottom = height - letters * 1.2, top = letters * 1.25;
    const most = Math.max(4, ...run.curves.map((curve) => Math.max(...curve[which][0], ...curve[which][1])));
    const x = (s) => left + ((s - steps[0]) / (steps[steps.length - 1] - steps[0])) * (to - left - 4);
    const y = (n) => bottom - (n / most) * (bottom - top);
    pen.fillStyle = Colours.ink;
    pen.textAlign = "left";
    pen.fillText(title, left, letters * 0.85, to - left);
    pen.strokeStyle = Colours.line;
    pen.lineWidth = 1;
    pen.textAlign = "right";
    for (const mark of [0, Math.ceil(most / 2), most]) {
      pen.beginPath();
      pen.moveTo(left, y(mark));
      pen.lineTo(to, y(mark));
      pen.stroke();
      pen.fillText(mark, left - 4, Math.min(bottom, y(mark) + letters * 0.35));
    }
    pen.textAlign = "center";
    const every = to - from < 21 * letters ? 10800 : 7200;
    for (let s = Math.ceil(steps[0] / every) * every; s < steps[steps.length - 1] - 900; s += every) pen.fillText(`${s / 3600} ${say("unit_h")}`, x(s), height - 4);
    const line = (values, colour, wide, alpha) => {
      pen.globalAlpha = alpha;
      pen.strokeStyle = colour;
      pen.lineWidth = wide;
      pen.beginPath();
      values.forEach((value, place) => (place ? pen.lineTo(x(steps[place]), y(value)) : pen.moveTo(x(steps[place]), y(value))));
      pen.stroke();
      pen.globalAlpha = 1;
    };
    for (const curve of run.curves) {
      line(curve[which][0], Colours.left, 1, 0.22);
      line(curve[which][1], Colours.right, 1, 0.22);
    }
    const bold = run.curves.find((curve) => curve.replication === 0) || run.curves[0];
    line(bold[which][0], Colours.left, 3, 1);
    line(bold[which][1], Colours.right, 3, 1);
    pen.strokeStyle = Colours.ink;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x(time), top - 4);
    pen.lineTo(x(time), bottom);
    pen.stroke();
  },

  // The time that a point of the curves stands for.
  timeAt(canvas, run, x) {
    const { width, height } = canvas.getBoundingClientRect(), half = width / 2, steps = run.stage.steps;
    const left = Charts.margin(Charts.letters(height, Charts.curvesPer(width)));
    const [from, to] = Charts.isNarrow(width) ? [left, width - 4] : x < half ? [left, half - 12] : [half + 8 + left, width - 4];
    return steps[0] + Math.min(1, Math.max(0, (x - from) / (to - from))) * (steps[steps.length - 1] - steps[0]);
  },

  // A small picture of an interval: the difference, its 95 % interval, zero.
  range(spread, reach) {
    const bar = make("div", { className: "range" }), at = (value) => `${Math.max(0, Math.min(100, 50 + (value / reach) * 50))}%`;
    const zero = make("u"), mean = make("i");
    zero.style.left = "50%";
    mean.style.left = at(spread.mean);
    if (spread.low !== null) {
      const inside = make("b"), low = Math.max(-reach, spread.low), high = Math.min(reach, spread.high);
      inside.style.left = at(low);
      inside.style.width = `${((high - low) / reach) * 50}%`;
      bar.append(inside);
    }
    bar.append(zero, mean);
    return bar;
  },

  // An iceberg whose slices have areas in proportion to the amounts: a triangle grows with the root of what it holds.
  iceberg(layers, currency) {
    const width = 700, top = 52, per = 0.68, all = layers.reduce((sum, layer) => sum + Math.max(0, layer.amount), 0) || 1, tall = 400;
    const scale = (tall * tall * per) / 2 / all;
    const svg = Charts.svg;
    const root = svg("svg", { viewBox: `0 0 ${width} ${tall + top + 24}`, role: "img", "aria-label": say("iceberg_label") });
    let so_far = 0, surface = null;
    const depth = (amount) => Math.sqrt((2 * scale * amount) / per);
    for (const layer of layers) {
      const amount = Math.max(0, layer.amount), y0 = depth(so_far), y1 = depth(so_far + amount), middle = 138;
      so_far += amount;
      if (surface === null) surface = y1;
      const half = (y) => (per * y) / 2;
      const points = [[middle - half(y0), y0], [middle + half(y0), y0], [middle + half(y1), y1], [middle - half(y1), y1]];
      const area = ((y1 - y0) * (per * y0 + per * y1)) / 2;
      root.append(svg("polygon", { points: points.map(([x, y]) => `${x},${y + top}`).join(" "), fill: layer.colour, stroke: "#fff", "stroke-width": 1, "data-area": area.toFixed(2), "data-amount": amount, "data-layer": layer.key }));
    }
    root.insertBefore(svg("rect", { x: 0, y: surface + top, width, height: tall + 30, fill: "#dcecf6" }), root.firstChild);
    root.append(svg("line", { x1: 0, x2: width, y1: surface + top, y2: surface + top, stroke: "#0072b2", "stroke-width": 2 }));
    let last = 0, below = 0;
    for (const layer of layers) {
      const amount = Math.max(0, layer.amount), y = (depth(below) + depth(below + amount)) / 2 + top;
      below += amount;
      const place = last ? Math.max(y, last + 60) : Math.max(24, y - 26);
      last = place;
      root.append(svg("text", { x: 284, y: place - 4, "font-weight": 700 }, layer.words));
      root.append(svg("text", { x: 284, y: place + 22 }, layer.told));
    }
    return root;
  },

  // Bets as pins over the people for whom it got worse: the mean, its interval, and each team's number.
  pins(bets, found) {
    const width = 700, mid = 46, low = found.low === null ? found.mean : found.low, high = found.high === null ? found.mean : found.high;
    const placed = bets.map((bet, place) => [Number(bet), place, bet]).filter(([, , bet]) => bet !== "").sort((a, b) => a[0] - b[0]);
    const most = Math.max(1, high * 1.25, Math.min(Math.max(0, ...placed.map(([bet]) => bet)) * 1.1, 4 * high));
    const x = (n) => 24 + (Math.max(0, Math.min(n, most)) / most) * (width - 60);
    const root = Charts.svg("svg", { viewBox: `0 0 ${width} 96`, role: "img", "aria-label": say("pins_label"), class: "pins" });
    root.append(Charts.svg("rect", { x: x(low), y: mid - 12, width: Math.max(2, x(high) - x(low)), height: 24, fill: "#f3c9ad" }));
    root.append(Charts.svg("line", { x1: x(0), x2: x(most), y1: mid, y2: mid, stroke: Colours.ink, "stroke-width": 2 }));
    root.append(Charts.svg("line", { x1: x(found.mean), x2: x(found.mean), y1: mid - 16, y2: mid + 16, stroke: Colours.right, "stroke-width": 5 }));
    for (const mark of new Set([0, Math.round(most / 2), Math.round(most)])) root.append(Charts.svg("text", { x: x(mark), y: 92, "text-anchor": "middle" }, mark));
    let last = -99, row = 0;
    for (const [bet, place] of placed) {
      row = x(bet) - last < 26 ? row + 1 : 0;
      last = x(bet);
      const up = row % 2 === 0, at = x(bet) + Math.floor(row / 2) * 14, y = up ? 18 : 72;
      root.append(Charts.svg("line", { x1: at, x2: x(bet), y1: y, y2: mid, stroke: Colours.ink, "stroke-width": 2 }));
      root.append(Charts.svg("circle", { cx: at, cy: y, r: 13, fill: Colours.left, "data-bet": bet }));
      root.append(Charts.svg("text", { x: at, y: y + 6, "text-anchor": "middle", fill: "#fff", "font-weight": 700 }, place + 1));
      if (bet > most) root.append(Charts.svg("text", { x: at + 16, y: y + 6 }, "→"));
    }
    return root;
  },

  svg(tag, given, words) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(given)) node.setAttribute(name, value);
    if (words !== undefined) node.textContent = words;
    return node;
  },

  // The sceptic's line: net money against what a customer is worth; the point where the verdict flips, and its range.
  flip(canvas, inside, outside, factor, { point, low, high }, currency) {
    if (!canvas.getBoundingClientRect().width) return;
    const { pen, width, height, letters } = Charts.pen(canvas), bottom = height - letters * 1.35, top = letters * 0.8;
    const net = (k) => -(inside + outside * k), ends = [net(0), net(3)], most = Math.max(1, ...ends.map(Math.abs));
    const told = (mark) => (mark ? `${Numbers.signed(mark)} ${currency}` : "0"), left = 8 + pen.measureText(told(-most)).width;
    const x = (k) => left + (k / 3) * (width - left - 40), y = (value) => (top + bottom) / 2 - (value / most) * ((bottom - top) / 2);
    if (low !== null && low < 3) {
      pen.fillStyle = "#dedede";
      pen.fillRect(x(low), top, x(Math.min(3, high === null ? 3 : high)) - x(low), bottom - top);
    }
    pen.fillStyle = Colours.soft;
    pen.textAlign = "right";
    for (const mark of [most, 0, -most]) pen.fillText(told(mark), left - 6, y(mark) + letters * 0.35);
    pen.textAlign = "center";
    for (const mark of Charts.isNarrow(width) ? [1, 2, 3] : [0.5, 1, 1.5, 2, 2.5, 3]) pen.fillText(`${mark * 100} %`, x(mark), height - 5);
    pen.strokeStyle = Colours.ink;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(left, y(0));
    pen.lineTo(width - 40, y(0));
    pen.stroke();
    pen.strokeStyle = Colours.right;
    pen.lineWidth = 3;
    pen.beginPath();
    pen.moveTo(x(0), y(ends[0]));
    pen.lineTo(x(3), y(ends[1]));
    pen.stroke();
    if (point !== null && point >= 0 && point <= 3) {
      pen.fillStyle = Colours.ink;
      pen.beginPath();
      pen.arc(x(point), y(0), 8, 0, 7);
      pen.fill();
      pen.textAlign = "left";
      pen.fillText(say("flips_here", { share: Math.round(point * 100) }), x(point) + 12, y(0) - 10);
    }
    pen.fillStyle = "#f0c000";
    pen.strokeStyle = Colours.ink;
    pen.beginPath();
    pen.arc(x(factor), y(net(factor)), 8, 0, 7);
    pen.fill();
    pen.stroke();
  },

  // An agent's day in both worlds, as two strips.
  strip(canvas, run, agent, time) {
    const { pen, width, height, letters } = Charts.pen(canvas, 5.5), { from, to } = run.replay, wide = width - 10;
    const colours = { idle: "#ffffff", talk: "#4a4a4a", search: Colours.wait, wrap_up: "#b8b8b8", break: "#d9d3c2", away: Colours.bad, overtime: "#8e6fb0" };
    const x = (s) => 5 + ((Math.min(Math.max(s, from), to + 3600) - from) / (to + 3600 - from)) * wide;
    run.replay.worlds.forEach((world, side) => {
      const top = side * (height / 2) + letters, tall = height / 2 - letters - 4;
      pen.fillStyle = Colours.soft;
      pen.textAlign = "left";
      pen.fillText(`${ownName(agent)}: ${sideName(side)}`, 5, top - 3);
      for (const [a, b, state] of world.agents[world.floor.agents.findIndex((each) => each.name === agent)] || []) {
        pen.fillStyle = colours[state] || "#eee";
        pen.fillRect(x(a), top, Math.max(0.6, x(b) - x(a)), tall);
      }
      pen.strokeStyle = Colours.ink;
      pen.strokeRect(5, top, wide, tall);
      pen.beginPath();
      pen.moveTo(x(time), top - 3);
      pen.lineTo(x(time), top + tall + 3);
      pen.stroke();
    });
  },

  // Load of a team by weekday and hour: agents planned as steps, work offered as bars.
  load(canvas, lines) {
    if (!canvas.getBoundingClientRect().width) return;
    const { pen, width, height, letters } = Charts.pen(canvas, 16), days = [...new Set(lines.map((line) => line.day))];
    if (!days.length) return;
    const rowTall = (height - letters * 1.1) / days.length, most = Math.max(0.5, ...lines.map((line) => Math.max(line.offered, line.agents)));
    const from = Math.min(...lines.map((line) => line.from_h)), to = Math.max(...lines.map((line) => line.from_h)) + 0.5;
    const left = letters * 2.6, x = (h) => left + ((h - from) / (to - from)) * (width - left - 6);
    days.forEach((day, row) => {
      const bottom = (row + 1) * rowTall, mine = lines.filter((line) => line.day === day), y = (n) => bottom - (n / most) * (rowTall - 8);
      const each = mine.length > 1 ? Math.min(...mine.slice(1).map((line, place) => line.from_h - mine[place].from_h)) : 1;
      pen.fillStyle = Colours.ink;
      pen.textAlign = "left";
      pen.fillText(dayName(day), 2, bottom - rowTall / 2);
      for (const line of mine) {
        pen.fillStyle = line.offered > line.agents ? Colours.right : Colours.left;
        pen.fillRect(x(line.from_h), y(line.offered), x(line.from_h + each) - x(line.from_h) - 1, bottom - y(line.offered));
        pen.strokeStyle = Colours.ink;
        pen.lineWidth = 2;
        pen.beginPath();
        pen.moveTo(x(line.from_h), y(line.agents));
        pen.lineTo(x(line.from_h + each), y(line.agents));
        pen.stroke();
      }
    });
    pen.fillStyle = Colours.soft;
    pen.textAlign = "center";
    for (let hour = Math.ceil(from); hour <= to; hour += 2) pen.fillText(`${hour} ${say("unit_h")}`, x(hour), height - 3);
  },
};
