// The shop floor on a canvas: seats, desks, telephone lines, the door; people as dots. Plays what the log says, never decides.
"use strict";
const Colours = { left: "#0072b2", right: "#d55e00", good: "#009e73", bad: "#d55e00", gone: "#7a2d00", wait: "#e69f00", calm: "#7f8c97", served: "#33638f", ink: "#1b1b1b", soft: "#575757", line: "#c9c9c9" };
const WALK_S = 100, LEAVE_S = 420, LONG_WAIT_S = 300;

const shortened = (words, most) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);

class Floor {
  constructor(canvas, side) {
    this.canvas = canvas;
    this.side = side;
    this.tracks = [];
    this.chosen = null;
  }

  load(world, opens) {
    this.floor = world.floor;
    this.agents = world.agents;
    this.opens = opens;
    this.tracks = world.tracks.filter((track) => track.t[0] !== null);
    for (const track of this.tracks) this.prepare(track);
    this.seat();
    this.gone = this.tracks.filter((track) => track.ends !== null && !track.by_firm).sort((a, b) => a.ends - b.ends);
    this.complaints = this.tracks.filter((track) => track.complaint && track.t[2] !== null && track.mood !== 1).map((track) => track.t[2]).sort((a, b) => a - b);
  }

  prepare(track) {
    const [arrived, queued, answered, ended] = track.t;
    track.phone = this.floor.channels[track.channel].phone;
    track.ends = ended;
    track.waits = queued === null ? null : queued;
    track.waited = answered === null ? (ended === null ? this.opens[1] : ended) : answered;
    track.last = ended === null ? 86400 : ended + LEAVE_S;
    track.first = arrived - WALK_S;
  }

  // Everybody who waits gets the lowest free place, in order of joining.
  seat() {
    const busy = { true: [], false: [] };
    const waiting = this.tracks.filter((track) => track.waits !== null && track.waited > track.waits && !track.by_firm).sort((a, b) => a.waits - b.waits);
    for (const track of waiting) {
      const places = busy[track.phone];
      let place = places.findIndex((until) => until <= track.waits);
      if (place < 0) place = places.length;
      places[place] = track.waited;
      track.place = place;
    }
  }

  size() {
    const ratio = window.devicePixelRatio || 1, box = this.canvas.getBoundingClientRect();
    const width = Math.max(200, box.width), height = Math.max(150, box.height);
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.spots = null;
    }
    this.W = width;
    this.H = height;
    this.ratio = ratio;
    if (!this.spots) this.lay();
  }

  // Places of desks, seats and lines for this size of the canvas.
  lay() {
    const { W, H } = this;
    const rows = { executives: [0.05, 0.72, 0.15], counter: [0.24, 0.72, 0.43], desk: [0.03, 0.19, 0.43], phone: [0.78, 0.98, 0.15] };
    this.spots = new Array(this.floor.agents.length);
    for (const kind of Object.keys(rows)) {
      const mine = this.floor.agents.map((agent, number) => [agent, number]).filter(([agent]) => this.floor.teams[agent.team].kind === kind);
      const [from, to, top] = rows[kind], wide = (to - from) * W, each = kind === "phone" ? 2 : Math.max(1, Math.min(mine.length, Math.floor(wide / 34)));
      const gap = kind === "phone" ? 0.15 * H : Math.max(16, (0.2 * H) / Math.ceil(mine.length / each));
      mine.forEach(([, number], place) => {
        const column = place % each, row = Math.floor(place / each), columns = Math.min(each, mine.length);
        this.spots[number] = { x: from * W + ((column + 0.5) * wide) / columns, y: top * H + row * gap, kind, wide: wide / columns };
      });
    }
    this.unit = Math.max(5, Math.min(14, H / 42, W / 62));
  }

  agentSpot(number) {
    return this.spots[number] || { x: this.W * 0.5, y: this.H * 0.3, kind: "counter" };
  }

  seatSpot(place, phone) {
    const { W, H, unit } = this, step = unit * 2.5;
    if (phone) {
      const across = Math.max(1, Math.floor((W * 0.21) / step));
      return { x: W * 0.775 + (place % across) * step + unit, y: H * 0.66 + Math.floor(place / across) * step };
    }
    const across = Math.max(1, Math.floor((W * 0.5) / step));
    return { x: W * 0.24 + (place % across) * step, y: H * 0.68 + Math.floor(place / across) * step };
  }

  door() {
    return { x: this.W * 0.045, y: this.H * 0.8 };
  }

  // Where a person is, and in what mood.
  at(track, time) {
    const [arrived, , answered, ended] = track.t, door = track.phone ? { x: this.W * 0.99, y: this.H * 0.86 } : this.door();
    const desk = () => {
      const spot = this.agentSpot(track.agent);
      return { x: spot.x + (spot.kind === "phone" ? this.unit * 1.6 : 0), y: spot.y + this.unit * 2.4 };
    };
    const out = track.phone ? { x: this.W * 1.02, y: this.H * 0.9 } : { x: -this.unit, y: this.H * 0.9 };
    const path = [[arrived - WALK_S, out], [arrived, door]];
    if (track.place !== undefined) path.push([track.waits, this.seatSpot(track.place, track.phone)]);
    if (answered !== null && track.agent >= 0) path.push([answered, desk()]);
    if (ended !== null) path.push([ended, door], [ended + LEAVE_S * 0.6, out]);
    let here = path[0][1], from = here, since = path[0][0];
    for (const [moment, spot] of path) {
      if (moment > time) break;
      from = here;
      here = spot;
      since = moment;
    }
    const share = Math.min(1, Math.max(0, (time - since) / WALK_S)), eased = share * (2 - share);
    return { x: from.x + (here.x - from.x) * eased, y: from.y + (here.y - from.y) * eased, path };
  }

  mood(track, time) {
    const [arrived, , answered, ended] = track.t;
    if (ended !== null && time >= ended) return ["calm", "good", "bad", "gone"][track.mood];
    if (answered !== null && time >= answered) return "served";
    return time - arrived > LONG_WAIT_S ? "wait" : "calm";
  }

  draw(time) {
    if (!this.floor) return;
    this.size();
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.W, this.H);
    this.drawRoom(pen, time);
    this.drawAgents(pen, time);
    let counts = [0, 0, 0, 0];
    for (const track of this.gone) if (track.ends <= time) counts[track.mood] += 1;
    for (const track of this.tracks) {
      if (track.first > time || track.last < time) continue;
      const spot = this.at(track, time);
      this.drawPerson(pen, spot, this.mood(track, time), track.id === this.chosen);
    }
    if (this.chosen) this.drawPath(pen, time);
    this.drawStreet(pen, counts);
    this.counts = counts;
  }

  drawRoom(pen, time) {
    const { W, H, unit } = this;
    pen.strokeStyle = Colours.line;
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, W * 0.755, H * 0.89);
    pen.strokeRect(W * 0.765, 0.5, W * 0.234, H * 0.89);
    pen.fillStyle = "#e9e4d6";
    pen.fillRect(0, H * 0.74, unit, H * 0.13);
    this.text(pen, say("door"), unit * 1.4, H * 0.865, { scale: 0.9, most: W * 0.2 });
    const counters = this.floor.channels.filter((channel) => !channel.phone), phones = this.floor.channels.filter((channel) => channel.phone);
    const seats = Math.max(0, ...counters.map((channel) => channel.capacity)), lines = Math.max(0, ...phones.map((channel) => channel.capacity));
    pen.strokeStyle = Colours.line;
    for (let place = 0; place < Math.min(seats, 60); place += 1) this.box(pen, this.seatSpot(place, false));
    for (let place = 0; place < Math.min(lines, 40); place += 1) this.box(pen, this.seatSpot(place, true));
    this.text(pen, say("seats"), W * 0.745, H * 0.635, { most: W * 0.33, align: "right" });
    this.text(pen, say("on_hold"), W * 0.775, H * 0.62, { most: W * 0.21 });
    const kinds = new Set(this.floor.teams.map((team) => team.kind));
    const labels = { executives: [0.02, 0.065, 0.72], counter: [0.24, 0.35, 0.5], desk: [0.02, 0.35, 0.2], phone: [0.775, 0.065, 0.215] };
    for (const team of this.floor.teams) {
      const [x, y, wide] = labels[team.kind];
      const same = this.floor.teams.filter((each) => each.kind === team.kind);
      if (same[0] === team) this.text(pen, same.map((each) => ownName(each.name)).join(", "), W * x, H * y, { strong: true, most: W * wide });
    }
    return kinds;
  }

  box(pen, spot) {
    pen.strokeRect(spot.x - this.unit, spot.y - this.unit, this.unit * 2, this.unit * 2);
  }

  // Words as large as a projector needs; smaller ones where there is no room for them.
  text(pen, words, x, y, { scale = 1, strong = false, most = Infinity, align = "left" } = {}) {
    const sized = (size) => { pen.font = `${strong ? 700 : 400} ${size}px system-ui, sans-serif`; return pen.measureText(words).width; };
    const size = Math.max(12, this.unit * 2.2 * scale), wide = sized(size);
    if (wide > most) sized(Math.max(9, (size * most) / wide));
    pen.fillStyle = strong ? Colours.ink : Colours.soft;
    pen.textAlign = align;
    pen.fillText(words, x, y);
  }

  state(number, time) {
    for (const [from, to, state, why] of this.agents[number] || []) if (from <= time && time < to) return [state, why];
    return ["off", ""];
  }

  drawAgents(pen, time) {
    const { unit } = this;
    let complained = 0;
    while (complained < this.complaints.length && this.complaints[complained] <= time) complained += 1;
    let tower = false;
    this.floor.agents.forEach((agent, number) => {
      const spot = this.spots[number];
      if (!spot) return;
      const [state, why] = this.state(number, time);
      pen.lineWidth = 1.5;
      pen.fillStyle = "#d9cfb8";
      pen.strokeStyle = "#8b7f63";
      pen.fillRect(spot.x - unit * 1.7, spot.y + unit * 0.6, unit * 3.4, unit * 0.8);
      pen.beginPath();
      pen.arc(spot.x, spot.y - unit * 0.5, unit, 0, 7);
      if (state === "away" || state === "off" || state === "break") {
        pen.setLineDash([3, 3]);
        pen.strokeStyle = state === "away" ? Colours.bad : Colours.soft;
        pen.stroke();
        pen.setLineDash([]);
        if (state === "away") {
          pen.textAlign = "center";
          pen.fillStyle = Colours.bad;
          pen.font = `700 ${Math.max(11, unit * 1.95)}px system-ui, sans-serif`;
          pen.fillText(shortened(why ? ownName(why) : say("away"), Math.max(3, Math.floor(spot.wide / Math.max(7, unit * 1.25)))), spot.x, spot.y + unit * 3.3);
        } else if (state === "break") this.text(pen, "☕", spot.x - unit, spot.y + unit * 0.2);
      } else {
        pen.fillStyle = state === "idle" ? "#ffffff" : state === "search" ? Colours.wait : state === "wrap_up" ? "#b8b8b8" : "#4a4a4a";
        pen.strokeStyle = "#4a4a4a";
        pen.fill();
        pen.stroke();
      }
      if (spot.kind === "desk" && !tower) {
        tower = true;
        for (let each = 0; each < Math.min(complained, 25); each += 1) {
          pen.fillStyle = Colours.bad;
          pen.fillRect(spot.x + unit * 2.2, spot.y + unit * 1.2 - each * 4, unit * 1.6, 3);
        }
        if (complained) this.text(pen, say("complaints_heard", { n: complained }), this.W * 0.02, this.H * 0.635, { most: this.W * 0.39 });
        this.drawAuthority(pen, this.floor.teams[agent.team].authority, spot);
      }
    });
  }

  // What the secretary would need: greyed out until somebody grants it.
  drawAuthority(pen, authority, spot) {
    if (authority === null) return;
    const words = say("authority"), height = this.unit * 2.6;
    pen.font = `700 ${Math.max(11, this.unit * 1.9)}px system-ui, sans-serif`;
    const width = pen.measureText(words).width + this.unit, x = Math.max(2, spot.x - width / 2), y = Math.max(...this.spots.filter((each) => each && each.kind === "desk").map((each) => each.y)) + this.unit * 3.6;
    pen.fillStyle = authority > 0 ? Colours.good : "#ececec";
    pen.fillRect(x, y, width, height);
    pen.lineWidth = 1;
    pen.strokeStyle = authority > 0 ? Colours.good : "#a8a8a8";
    pen.strokeRect(x, y, width, height);
    pen.fillStyle = authority > 0 ? "#fff" : "#8a8a8a";
    pen.textAlign = "left";
    pen.fillText(words, x + this.unit * 0.5, y + height * 0.72);
  }

  drawPerson(pen, spot, mood, isChosen) {
    const r = this.unit * 0.85;
    pen.fillStyle = Colours[mood];
    pen.strokeStyle = Colours[mood];
    pen.beginPath();
    if (mood === "bad") {
      pen.moveTo(spot.x, spot.y - r * 1.3);
      pen.lineTo(spot.x + r * 1.25, spot.y + r);
      pen.lineTo(spot.x - r * 1.25, spot.y + r);
      pen.closePath();
      pen.fill();
    } else if (mood === "gone") {
      pen.lineWidth = r * 0.7;
      pen.moveTo(spot.x - r, spot.y - r);
      pen.lineTo(spot.x + r, spot.y + r);
      pen.moveTo(spot.x + r, spot.y - r);
      pen.lineTo(spot.x - r, spot.y + r);
      pen.stroke();
    } else {
      pen.arc(spot.x, spot.y, r, 0, 7);
      pen.fill();
    }
    if (isChosen) {
      pen.lineWidth = 4;
      pen.strokeStyle = "#f0c000";
      pen.beginPath();
      pen.arc(spot.x, spot.y, r * 2.2, 0, 7);
      pen.stroke();
    }
  }

  drawPath(pen, time) {
    for (const track of this.tracks) {
      if (track.id !== this.chosen) continue;
      const { path } = this.at(track, time);
      pen.lineWidth = 2;
      pen.strokeStyle = "#c79b00";
      pen.setLineDash([6, 4]);
      pen.beginPath();
      path.forEach(([, spot], place) => (place ? pen.lineTo(spot.x, spot.y) : pen.moveTo(spot.x, spot.y)));
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  // How people went home so far: helped, not helped, walked out.
  drawStreet(pen, counts) {
    const { W, H } = this, all = Math.max(1, this.gone.length), height = H * 0.085, top = H - height;
    let x = 0;
    pen.font = `700 ${Math.max(12, height * 0.7)}px system-ui, sans-serif`;
    for (const [number, colour] of [[1, Colours.good], [0, Colours.calm], [2, Colours.bad], [3, Colours.gone]]) {
      const wide = (counts[number] / all) * W;
      pen.fillStyle = colour;
      pen.fillRect(x, top, wide, height);
      if (wide > pen.measureText(counts[number]).width + 8) {
        pen.fillStyle = "#fff";
        pen.textAlign = "left";
        pen.fillText(counts[number], x + 4, H - height * 0.24);
      }
      x += wide;
    }
  }

  // The person nearest to a point of the canvas at a time.
  near(x, y, time) {
    let best = null, least = (this.unit * 4) ** 2;
    for (const track of this.tracks) {
      if (track.first > time || track.last < time) continue;
      const spot = this.at(track, time), far = (spot.x - x) ** 2 + (spot.y - y) ** 2;
      if (far < least) [best, least] = [track, far];
    }
    return best;
  }

  agentNear(x, y) {
    return this.spots.findIndex((spot) => spot && Math.abs(spot.x - x) < this.unit * 2 && Math.abs(spot.y - y) < this.unit * 2);
  }
}
