/* Draws what the server says is so and sends it what was clicked; it keeps no truth of its own. */

const POLL = 2000;
const at = (id) => document.getElementById(id);
const frame = at("frame");
let shown = { channel: 0, person: 0 };
let drawn = "";
let asking = false;
let lost = false;

const DATE = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC",
});

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function choice(current, onclick, ...children) {
  const button = element("button", { type: "button", className: "choice", onclick }, ...children);
  if (current) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

const MARKS = { text: "#", news: "»", forum: "≡", thread: "↳" };

function channelChoice(channel, index) {
  const mark = element("span", { className: "mark", ariaHidden: "true" }, MARKS[channel.kind]);
  const look = () => ask("look", { channel: index, person: shown.person });
  const name = element("span", { className: "who" }, element("span", {}, channel.name, " "));
  if (channel.tags.length) name.append(element("span", { className: "role" }, channel.tags.join(", ")));
  const made = choice(index === shown.channel, look, mark, name);
  made.className = channel.kind;
  return made;
}

function personChoice(person, index) {
  const face = element("span", { className: "face", ariaHidden: "true" }, person.name.slice(0, 1));
  const role = element("span", { className: "role" }, person.role);
  const look = () => ask("look", { channel: shown.channel, person: index });
  const who = element("span", { className: "who" }, element("span", {}, person.name, " "), role);
  return choice(index === shown.person, look, face, who);
}

// simcord's page has no menu of a message.
function menuButton(name, index) {
  const onclick = () => ask("point", { command: index });
  return element("button", { type: "button", onclick }, name);
}

// What is to be typed stands between backticks.
function hint(text) {
  const parts = text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
  return element("li", {}, ...parts);
}

// Redrawing takes the focus away, so lists are redrawn only when they differ, and it is given back.
function drawLists(state) {
  const { channels, people, menu, hints, channel, person } = state;
  const wanted = JSON.stringify({ channels, people, menu, hints, channel, person });
  if (wanted === drawn) return;
  drawn = wanted;
  const list = document.activeElement?.closest("ul")?.id;
  at("channels").replaceChildren(...channels.map(channelChoice));
  at("people").replaceChildren(...people.map(personChoice));
  at("menu").replaceChildren(...menu.map(menuButton));
  at("menu-section").hidden = menu.length === 0;
  at("hints").replaceChildren(...hints.map(hint));
  at("try").hidden = hints.length === 0;
  if (list) at(list).querySelector("[aria-current]")?.focus();
  for (const current of document.querySelectorAll(".choice[aria-current]")) {
    current.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function drawFrame(state) {
  frame.hidden = !state.frame;
  at("refusal").hidden = !state.refusal;
  at("refusal").textContent = state.refusal;
  frame.title = `#${state.channels[state.channel].name} as ${state.people[state.person].name}`;
  if (!state.frame || frame.dataset.at === state.frame) return;
  frame.dataset.at = state.frame;
  // Replacing keeps the browser's Back button for leaving the sandbox.
  frame.contentWindow.location.replace(state.frame);
}

function field({ id, label, description, value, placeholder, required, most, long }) {
  const input = element(long ? "textarea" : "input", { name: id, value, placeholder, required, maxLength: most });
  const note = element("span", { className: "role" }, description);
  return element("label", {}, element("span", {}, label, required ? " *" : ""), input, note);
}

// simcord's page has no form either that it did not open itself.
function drawForm({ form }) {
  const dialog = at("form");
  if (!form) {
    dialog.close();
    return;
  }
  if (dialog.open) return;
  at("form-title").textContent = form.title;
  at("form-fields").replaceChildren(...form.fields.map(field));
  dialog.showModal();
}

function draw(state) {
  shown = state;
  drawLists(state);
  const now = new Date(state.clock);
  at("date").textContent = DATE.format(now).replace(",", "");
  at("time").textContent = `${TIME.format(now)} UTC`;
  busy(state.busy);
  if (!state.busy) {
    drawFrame(state);
    drawForm(state);
  }
}

function busy(yes) {
  at("stage").setAttribute("aria-busy", String(yes));
  for (const button of document.querySelectorAll(".rail button")) {
    button.ariaDisabled = String(yes);
  }
}

function problem(text) {
  at("problem-text").textContent = text;
  at("problem").hidden = !text;
}

async function fetched(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The sandbox does not answer. Is gazette sandbox still running?");
  }
  const text = await response.text();
  if (response.headers.get("Content-Type")?.startsWith("application/json")) {
    const answer = JSON.parse(text);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }
  throw new Error(text);
}

async function ask(what, body) {
  if (asking) return;
  asking = true;
  busy(true);
  problem("");
  at("said").textContent = "";
  try {
    const state = await fetched(`/sandbox/${what}`, { method: "POST", body: JSON.stringify(body ?? {}) });
    draw(state);
    at("said").textContent = state.said;
  } catch (error) {
    problem(error.message);
    busy(false);
  } finally {
    asking = false;
  }
}

async function poll() {
  if (!asking) {
    try {
      const state = await fetched("/sandbox/state");
      if (!asking) draw(state);
      if (lost) problem("");
      lost = false;
    } catch (error) {
      problem(error.message);
      lost = true;
    }
  }
  setTimeout(poll, POLL);
}

for (const button of document.querySelectorAll("[data-ask]")) {
  button.onclick = () => ask(button.dataset.ask);
}
at("form-inside").onsubmit = (event) => {
  event.preventDefault();
  ask("fill", { values: Object.fromEntries(new FormData(event.target)) });
};
at("form-cancel").onclick = () => ask("fill");
at("form").oncancel = (event) => {
  event.preventDefault();
  ask("fill");
};
at("problem-close").onclick = () => problem("");
at("try").open = !window.matchMedia("(max-width: 760px)").matches;
poll();
