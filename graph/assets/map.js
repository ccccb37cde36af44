/* The concept map: a component that shows one node among its neighbours and lets a reader walk from node to node.

   mountMap(root, data, options) draws into `root`. `data` is {title, nodes, edges, kinds, clusters}:
     nodes    [id, kind, title, claim, summary, date, cluster, held]
     edges    [source, target, kind, why, cosine]; ends are places in `nodes`, kinds places in `kinds`
     kinds    names of the kinds of edges
     clusters [name, label]
   It gives back {walkTo: leads the reader to the node with an id}.
   options: {start: id to begin at, onWalk: called with the id of each new centre, keepHash: write it into the address}.
   All text is set with textContent; nothing is loaded. */

function mountMap(root, data, options = {}) {
  const SVG = "http://www.w3.org/2000/svg";
  const NODE_KINDS = { note: "Note", paper: "Paper", document: "Document", inquiry: "Inquiring line", topic: "Topic" };
  const SAYS = {
    link: ["links to", "is linked from"], parent: ["belongs under", "holds below it"],
    tension: ["is in tension with", "is in tension with"], cites: ["rests on", "is cited by"],
    uses: ["quotes", "is quoted by"], near: ["is near", "is near"], topic: ["is about", "is the topic of"],
    proposed: ["bears on, a model proposes", "is borne on by, a model proposes"],
  };
  const FIRST_RING = 28, MORE = 40, SIZE = 1000, WORDS_ON_RING = 42, RESULTS = 12;

  const nodes = data.nodes.map(([id, kind, title, claim, summary, date, cluster, held]) =>
    ({ id, kind, title, claim, summary, date, cluster, held, edges: [] }));
  data.edges.forEach(([source, target, kind, why, cosine]) => {
    const edge = { source, target, kind: data.kinds[kind], why, cosine };
    nodes[source].edges.push(edge);
    if (source !== target) nodes[target].edges.push(edge);
  });
  const byId = new Map(nodes.map((node, i) => [node.id, i]));
  const used = data.kinds.filter((kind) => data.edges.some((edge) => data.kinds[edge[2]] === kind));
  const on = new Set(used.filter((kind) => kind !== "topic" && kind !== "proposed"));
  const state = { centre: 0, outer: MORE, path: [], trail: [] };

  /* ---- small helpers ---- */

  function make(name, attributes = {}, text = "", parent = null) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  }

  function draw(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  const cut = (text, n) => (text.length > n ? text.slice(0, n - 1).trimEnd() + "…" : text);
  const far = (edge, here) => (edge.source === here ? edge.target : edge.source);
  const strength = { tension: 6, parent: 5, link: 4, uses: 3, cites: 2, near: 1, topic: 0, proposed: 0 };

  /* Neighbours of a node over the kinds that are on: a map from node to its edges, the strongest first. */
  function around(here) {
    const found = new Map();
    for (const edge of nodes[here].edges) {
      const other = far(edge, here);
      if (!on.has(edge.kind) || other === here) continue;
      if (!found.has(other)) found.set(other, []);
      found.get(other).push(edge);
    }
    const best = (edges) => Math.max(...edges.map((edge) => strength[edge.kind] + (edge.cosine || 0)));
    return new Map([...found].sort((a, b) => best(b[1]) - best(a[1]) || a[0] - b[0]));
  }

  /* Fewest steps between two nodes over the kinds that are on, stronger edges first. */
  function pathBetween(start, end) {
    const before = new Map([[start, -1]]);
    let frontier = [start];
    while (frontier.length && !before.has(end)) {
      const next = [];
      for (const here of frontier)
        for (const other of around(here).keys())
          if (!before.has(other)) { before.set(other, here); next.push(other); }
      frontier = next;
    }
    if (!before.has(end)) return [];
    const path = [end];
    while (path[0] !== start) path.unshift(before.get(path[0]));
    return path;
  }

  /* ---- the frame ---- */

  root.textContent = "";
  root.classList.add("kbmap");
  const bar = make("div", { class: "kbmap-bar" }, "", root);
  const finder = combobox("Find a node", "Title, slug or arXiv id", (i) => walk(i));
  const pathFinder = combobox("Path to", "Where to", (i) => showPath(i));
  const back = make("button", { type: "button", class: "kbmap-button" }, "Back", bar);
  back.addEventListener("click", goBack);
  const body = make("div", { class: "kbmap-body" }, "", root);
  const picture = make("div", { class: "kbmap-picture" }, "", body);
  const svg = draw("svg", { viewBox: view(1), role: "group", "aria-label": "Map of the node and its neighbours" }, picture);
  const legend = make("fieldset", { class: "kbmap-legend" }, "", picture);
  const panel = make("section", { class: "kbmap-panel", "aria-label": "The node and its connections as a list" }, "", body);
  const status = make("p", { class: "kbmap-status", role: "status", "aria-live": "polite" }, "", root);
  let zoom = 1;

  function view(factor) {
    const width = SIZE * 1.5 * factor, height = SIZE * factor;
    return `${-width / 2} ${-height / 2} ${width} ${height}`;
  }
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    setZoom(event.deltaY > 0 ? 1.15 : 1 / 1.15);
  }, { passive: false });
  function setZoom(factor) {
    zoom = Math.min(3, Math.max(0.3, zoom * factor));
    svg.setAttribute("viewBox", view(zoom));
  }
  for (const [label, title, factor] of [["−", "Zoom out", 1.25], ["+", "Zoom in", 0.8]])
    make("button", { type: "button", class: "kbmap-button", "aria-label": title, title }, label, bar)
      .addEventListener("click", () => setZoom(factor));

  make("legend", {}, "Connections", legend);
  for (const kind of used) {
    const label = make("label", { class: `kbmap-kind kbmap-${kind}` }, "", legend);
    const box = make("input", { type: "checkbox" }, "", label);
    box.checked = on.has(kind);
    box.addEventListener("change", () => { box.checked ? on.add(kind) : on.delete(kind); render(); });
    sample(kind, label);
    label.append({ near: "semantically near", link: "your link", proposed: "proposed by a model" }[kind] || kind);
    if (kind !== "link") continue;
    const other = make("p", { class: "kbmap-kind kbmap-second" }, "", legend);
    sample("backlink", other);
    other.append("linked from elsewhere");
  }

  function sample(kind, parent) {
    const line = draw("svg", { viewBox: "0 0 30 8", class: "kbmap-sample", "aria-hidden": "true" }, parent);
    draw("line", { x1: 1, y1: 4, x2: 29, y2: 4, class: `kbmap-edge kbmap-${kind}` }, line);
  }

  /* An input with a list of matching nodes, walked with the arrow keys. */
  function combobox(name, hint, choose) {
    const box = make("div", { class: "kbmap-find" }, "", bar);
    const list = make("ul", { role: "listbox", "aria-label": name, hidden: "" });
    list.id = `kbmap-list-${Math.random().toString(36).slice(2)}`;
    const input = make("input", {
      type: "search", role: "combobox", placeholder: hint, "aria-label": name, autocomplete: "off", spellcheck: "false",
      "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
    });
    make("span", { class: "kbmap-label" }, name, box);
    box.append(input, list);
    let found = [], at = -1;
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); at = -1; };
    const pick = (i) => { close(); input.value = ""; choose(i); };
    function mark(n) {
      at = n;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      if (at >= 0) input.setAttribute("aria-activedescendant", list.children[at].id);
    }
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = [];
      for (let i = 0; words.length && i < nodes.length && found.length < RESULTS; i++) {
        const text = `${nodes[i].title} ${nodes[i].id}`.toLowerCase();
        if (words.every((word) => text.includes(word))) found.push(i);
      }
      list.textContent = "";
      found.forEach((i, n) => {
        const item = make("li", { role: "option", id: `${list.id}-${n}` }, `${nodes[i].title} (${NODE_KINDS[nodes[i].kind]})`, list);
        item.addEventListener("mousedown", (event) => { event.preventDefault(); pick(i); });
      });
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(Boolean(found.length)));
      mark(found.length ? 0 : -1);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (!found.length || list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); mark((at + 1) % found.length); }
      if (event.key === "ArrowUp") { event.preventDefault(); mark((at + found.length - 1) % found.length); }
      if (event.key === "Enter" && at >= 0) pick(found[at]);
    });
    input.addEventListener("blur", close);
    return input;
  }

  /* ---- walking ---- */

  function walk(i, remember = true) {
    if (remember && i !== state.centre) state.trail.push(state.centre);
    Object.assign(state, { centre: i, outer: MORE, path: [] });
    setCentre();
  }

  function goBack() {
    if (state.path.length) { state.path = []; render(); }
    else if (state.trail.length) walk(state.trail.pop(), false);
  }

  function setCentre() {
    render();
    if (options.keepHash) history.replaceState(null, "", `#${encodeURIComponent(nodes[state.centre].id)}`);
    if (options.onWalk) options.onWalk(nodes[state.centre].id);
  }

  function showPath(end) {
    state.path = pathBetween(state.centre, end);
    render();
    if (!state.path.length) status.textContent = `Nothing that is switched on connects this node with ${nodes[end].title}.`;
  }

  root.addEventListener("keydown", (event) => {
    if (event.target.closest("input")) return;
    if (event.key === "Backspace" || (event.key === "ArrowLeft" && event.altKey)) { event.preventDefault(); goBack(); }
    if (event.key === "/") { event.preventDefault(); finder.focus(); }
  });

  /* ---- drawing ---- */

  function render() {
    const focused = root.getRootNode().activeElement?.dataset?.node;
    const placed = state.path.length ? placePath() : placeRings();
    svg.textContent = "";
    const lines = draw("g", {}, svg), dots = draw("g", {}, svg);
    const steps = new Set(state.path.slice(1).map((node, i) => [state.path[i], node].sort().join()));
    for (const [here, place] of placed.spots) {
      for (const [other, edges] of around(here)) {
        const there = placed.spots.get(other);
        // All lines between neighbours would only make a tangle.
        if (!there || other < here || (!place.path && !hangs(placed.spots, here, other))) continue;
        const far = Math.max(place.ring, there.ring) === 2 ? " kbmap-far" : "";
        const step = steps.has([here, other].sort().join()) ? " kbmap-step" : "";
        draw("line", {
          x1: place.x, y1: place.y, x2: there.x, y2: there.y, class: `kbmap-edge kbmap-${looks(edges)}${far}${step}`,
        }, lines);
      }
    }
    for (const [i, place] of placed.spots) dot(i, place, dots);
    panelFor(placed);
    status.textContent = placed.says;
    back.disabled = !state.trail.length && !state.path.length;
    if (focused !== undefined) [...svg.querySelectorAll("[data-node]")].find((el) => el.dataset.node === focused)?.focus();
  }

  /* How the edges between two nodes look: as the strongest of them; a link that only leads to the centre differs. */
  function looks(edges) {
    const { kind } = edges.reduce((a, b) => (strength[a.kind] >= strength[b.kind] ? a : b));
    const comesHere = edges.every((edge) => edge.kind !== "link" || edge.target === state.centre);
    return kind === "link" && comesHere ? "backlink" : kind;
  }

  /* Whether a line is drawn in rings: from the centre, and from each outer node to the one that it hangs on. */
  function hangs(spots, a, b) {
    return a === state.centre || b === state.centre || spots.get(a).from === b || spots.get(b).from === a;
  }

  /* The centre, its neighbours around it, theirs outside: each near the neighbour that it hangs on. */
  function placeRings() {
    const spots = new Map([[state.centre, { x: 0, y: 0, ring: 0, angle: 0 }]]);
    const all = [...around(state.centre).keys()];
    const first = all.slice(0, FIRST_RING + state.outer - MORE);
    first.sort((a, b) => nodes[a].cluster - nodes[b].cluster || a - b);
    const turn = (2 * Math.PI) / Math.max(first.length, 1);
    const put = (i, ring, angle, from) => spots.set(i, {
      x: Math.cos(angle) * (ring === 1 ? 310 : 690), y: Math.sin(angle) * (ring === 1 ? 300 : 455), ring, angle, from,
    });
    first.forEach((i, n) => put(i, 1, n * turn - Math.PI / 2, state.centre));
    const direct = new Set(all), second = new Map();
    for (const i of all)
      for (const other of around(i).keys())
        if (other !== state.centre && !direct.has(other) && !second.has(other)) second.set(other, i);
    const outer = inTurn(second, state.outer).filter(([, from]) => spots.has(from));
    outer.sort((a, b) => spots.get(a[1]).angle - spots.get(b[1]).angle || a[0] - b[0]);
    const even = (n) => (n / outer.length) * 2 * Math.PI - Math.PI / 2;
    const off = outer.reduce((sum, [, from], n) => sum + spots.get(from).angle - even(n), 0) / Math.max(outer.length, 1);
    outer.forEach(([i, from], n) => put(i, 2, even(n) + off, from));
    const hidden = all.length - first.length + second.size - outer.length;
    return {
      spots, hidden,
      says: `${all.length} direct connections, ${all.length + second.size} within two steps${hidden ? `, ${hidden} not drawn` : ""}.`,
    };
  }

  /* Of the nodes that hang on others, a few of each in turn, so that no single one fills the ring. */
  function inTurn(hanging, n) {
    const groups = new Map();
    for (const [i, from] of hanging) groups.set(from, [...(groups.get(from) || []), i]);
    const found = [];
    for (let k = 0; found.length < n && [...groups.values()].some((group) => group.length > k); k++)
      for (const [from, group] of groups) if (group.length > k && found.length < n) found.push([group[k], from]);
    return found;
  }

  function placePath() {
    const spots = new Map(), n = state.path.length, gap = Math.min(420, 1040 / Math.max(n - 1, 1));
    state.path.forEach((i, k) => spots.set(i, {
      x: (k - (n - 1) / 2) * gap, y: n > 3 ? (k % 2 ? 90 : -90) : 0, ring: 1, angle: k % 2 || n <= 3 ? Math.PI / 2 : -Math.PI / 2, path: true,
    }));
    return { spots, hidden: 0, says: `${n - 1} steps.` };
  }

  function dot(i, place, parent) {
    const node = nodes[i], isCentre = i === state.centre;
    const size = isCentre ? 17 : place.ring === 1 ? 11 : 7;
    const group = draw("g", {
      class: `kbmap-node kbmap-is-${node.kind}${isCentre ? " kbmap-centre" : ""}${node.held ? "" : " kbmap-unheld"}`,
      transform: `translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})`, tabindex: "0", role: "button",
      "aria-label": `${NODE_KINDS[node.kind]}: ${node.title}`, "data-node": i,
    }, parent);
    draw("title", {}, group).textContent = node.title;
    if (node.kind === "paper") draw("rect", { x: -size * 0.85, y: -size * 0.85, width: size * 1.7, height: size * 1.7 }, group);
    else if (node.kind === "inquiry") draw("path", { d: `M0 ${-size * 1.25}L${size * 1.25} 0L0 ${size * 1.25}L${-size * 1.25} 0Z` }, group);
    else if (node.kind === "topic") draw("path", { d: `M0 ${-size * 1.2}L${size * 1.1} ${size * 0.8}L${-size * 1.1} ${size * 0.8}Z` }, group);
    else draw("circle", { r: size }, group);
    const below = isCentre || place.path;
    const side = below ? "middle" : Math.cos(place.angle) > 0.1 ? "start" : Math.cos(place.angle) < -0.1 ? "end" : "middle";
    const up = place.path ? place.angle < 0 : Math.sin(place.angle) < 0;
    const text = draw("text", {
      class: place.ring === 2 ? "kbmap-outer" : "", "text-anchor": side,
      x: side === "start" ? size + 6 : side === "end" ? -size - 6 : 0,
      y: side !== "middle" ? 5 : below && !up || !up ? size + 20 : -size - 9,
    }, group);
    text.textContent = cut(node.title, isCentre ? 48 : WORDS_ON_RING);
    const go = () => walk(i);
    group.addEventListener("click", go);
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); focusCentre(); }
      const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (turn && !event.altKey) {
        event.preventDefault();
        const all = [...svg.querySelectorAll("[data-node]")];
        all[(all.indexOf(group) + turn + all.length) % all.length].focus();
      }
    });
  }

  function focusCentre() {
    svg.querySelector(".kbmap-centre")?.focus();
  }

  /* ---- the list beside the picture: the same content ---- */

  function panelFor(placed) {
    panel.textContent = "";
    const node = nodes[state.centre];
    make("p", { class: "kbmap-what" }, NODE_KINDS[node.kind] + (node.held ? "" : ", not in the library") + (node.date ? ` · ${node.date}` : ""), panel);
    make("h2", {}, node.title, panel);
    if (node.claim) make("p", { class: "kbmap-claim" }, node.claim, panel);
    if (node.summary) make("p", {}, node.summary, panel);
    make("p", { class: "kbmap-id" }, node.id, panel);
    if (data.clusters[node.cluster]) {
      const [name, label] = data.clusters[node.cluster];
      make("p", { class: "kbmap-what" }, `Cluster: ${name} (${label})`, panel);
    }
    if (state.path.length) pathList();
    else connectionList();
    if (placed.hidden)
      make("button", { type: "button", class: "kbmap-button" }, "Draw more", panel)
        .addEventListener("click", () => { state.outer += MORE; render(); });
  }

  function nodeButton(i, parent) {
    make("button", { type: "button", class: "kbmap-go" }, nodes[i].title, parent).addEventListener("click", () => walk(i));
  }

  function said(edge, here) {
    return SAYS[edge.kind][edge.source === here ? 0 : 1];
  }

  function pathList() {
    make("h3", {}, "Path", panel);
    const list = make("ol", {}, "", panel);
    state.path.forEach((i, k) => {
      const item = make("li", {}, "", list);
      nodeButton(i, item);
      const edges = k + 1 < state.path.length ? around(i).get(state.path[k + 1]) : null;
      if (edges) {
        const edge = edges.reduce((a, b) => (strength[a.kind] >= strength[b.kind] ? a : b));
        const why = edge.why || (edge.cosine ? `cosine ${edge.cosine.toFixed(2)}` : "");
        make("p", { class: "kbmap-why" }, `${said(edge, i)}${why ? `: ${why}` : ""}`, item);
      }
    });
  }

  function connectionList() {
    const groups = new Map();
    for (const [other, edges] of around(state.centre))
      for (const edge of edges) {
        if (edge.kind === "near" && edges.length > 1) continue;
        const name = said(edge, state.centre);
        if (!groups.has(name)) groups.set(name, []);
        if (!groups.get(name).some((entry) => entry.other === other)) groups.get(name).push({ other, edge });
      }
    for (const [name, entries] of groups) {
      make("h3", {}, `This ${name} (${entries.length})`, panel);
      const list = make("ul", {}, "", panel);
      for (const { other, edge } of entries) {
        const item = make("li", {}, "", list);
        nodeButton(other, item);
        if (edge.cosine) make("span", { class: "kbmap-what" }, ` ${edge.cosine.toFixed(2)}`, item);
        if (edge.why) make("p", { class: "kbmap-why" }, edge.why, item);
      }
    }
    if (!groups.size) make("p", {}, "Nothing that is switched on connects this node with others.", panel);
  }

  /* ---- where to begin ---- */

  if (!nodes.length) { status.textContent = "The graph is empty."; return; }
  const fromHash = options.keepHash ? decodeHash() : "";
  const most = () => nodes.reduce((best, node, i) => (node.kind === "note" && node.edges.length > nodes[best].edges.length ? i : best), 0);
  state.centre = byId.get(fromHash) ?? byId.get(options.start) ?? most();
  setCentre();
  return { walkTo: (id) => { if (byId.has(id) && byId.get(id) !== state.centre) walk(byId.get(id)); } };

  function decodeHash() {
    try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
  }
}
