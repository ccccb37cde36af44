/* The concept map: a component that shows one node among its neighbours and lets a reader walk from node to node.

   mountMap(root, data, options) draws into `root`. `data` is {title, nodes, edges, kinds, strengths, clusters}:
     nodes     [id, kind, title, claim, summary, date, cluster, held]
     edges     [source, target, kind, why, cosine]; ends are places in `nodes`, kinds places in `kinds`
     kinds     names of the kinds of edges
     strengths what an edge of each kind weighs, before its cosine
     clusters  [name, label]
   It gives back {walkTo: leads the reader to the node with an id}.
   options: {start: id to begin at, onWalk: called with the id of each new centre, isPage: the map is the whole page, so
   that it answers keys wherever they are pressed and each step is one of the browser's history}.
   All text is set with textContent; nothing is loaded. */

function mountMap(root, data, options = {}) {
  const SVG = "http://www.w3.org/2000/svg";
  const NODE_KINDS = { note: "Note", paper: "Paper", document: "Document", inquiry: "Inquiring line", topic: "Topic" };
  const SAYS = {
    link: ["links to", "is linked from"], parent: ["belongs under", "holds below it"],
    tension: ["is in tension with", "is in tension with"], cites: ["rests on", "is cited by"],
    uses: ["quotes", "is quoted by"], near: ["is near", "is near"], topic: ["is about", "is the topic of"],
    proposed: ["is proposed by a model to bear on", "is proposed by a model to be borne on by"],
  };
  const LABEL_CHARS = 56, RESULTS = 12, LISTED = 60;
  const model = mapModel(data), layout = mapLayout(model, () => (letterWidth ||= measured())), nodes = model.nodes;
  const state = { centre: 0, more: 0, isWhole: false, path: [], trail: [], depth: 0 };

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
  /* Which kind of edge a line shows where there are several. */
  const SHOWN_BEFORE = ["tension", "parent", "link", "uses", "cites", "proposed", "near", "topic"];
  const foremost = (edges) => edges.reduce((a, b) => (SHOWN_BEFORE.indexOf(b.kind) < SHOWN_BEFORE.indexOf(a.kind) ? b : a));

  /* ---- the frame ---- */

  root.textContent = "";
  root.classList.add("kbmap");
  const bar = make("div", { class: "kbmap-bar" }, "", root);
  if (options.isPage) make("h1", { class: "kbmap-title" }, data.title, bar);
  const finder = combobox("Find a node", "Title, slug or arXiv id", (i) => walk(i));
  combobox("Path to", "Where to", (i) => showPath(i));
  const back = make("button", { type: "button", class: "kbmap-button" }, "Back", bar);
  back.addEventListener("click", goBack);
  const body = make("div", { class: "kbmap-body" }, "", root);
  const picture = make("div", { class: "kbmap-picture" }, "", body);
  const svg = draw("svg", { role: "group", "aria-label": "Map of the node and its neighbours" }, picture);
  const legend = make("fieldset", { class: "kbmap-legend" }, "", picture);
  const panel = make("section", { class: "kbmap-panel", "aria-label": "The node and its connections as a list" }, "", body);
  if (options.isPage)
    make("p", { class: "kbmap-keys" }, "Click a node, or press Enter on it, to put it in the centre. Arrow keys go round, Backspace goes back, / finds.", picture);
  const status = make("p", { class: "kbmap-status", role: "status", "aria-live": "polite" }, "", picture);
  let zoom = 1, drawn = "", letterWidth = 0;

  function measured() {
    const words = "Does a longer chain make small models more faithful?";
    const text = draw("text", {}, draw("g", { class: "kbmap-node" }, svg));
    text.textContent = words;
    return (text.getComputedTextLength() * 1.06) / words.length || 7.9;
  }

  /* The picture's own pixels are the map's units, so that words are as large in a narrow window as in a wide one. */
  function fit() {
    const n = state.path.length ? state.path.length - 1 : model.around(state.centre).size;
    const needed = layout.height(n, state.more, picture.clientWidth);
    svg.style.height = needed ? `${needed}px` : "";
    const width = svg.clientWidth || 960, height = svg.clientHeight || 640;
    svg.setAttribute("viewBox", [-width / 2, -height / 2, width, height].map((side) => side * zoom).join(" "));
    drawn = `${width} ${height}`;
    return [width, height];
  }
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (nodes.length && drawn !== `${svg.clientWidth} ${svg.clientHeight}`) render();
  })).observe(picture);
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    setZoom(event.deltaY > 0 ? 1.15 : 1 / 1.15);
  }, { passive: false });
  function setZoom(factor) {
    zoom = Math.min(3, Math.max(0.3, zoom * factor));
    fit();
  }
  for (const [label, title, factor] of [["−", "Zoom out", 1.25], ["+", "Zoom in", 0.8]])
    make("button", { type: "button", class: "kbmap-button", "aria-label": title, title }, label, bar)
      .addEventListener("click", () => setZoom(factor));

  make("legend", {}, "Connections", legend);
  for (const kind of model.kinds) {
    const label = make("label", { class: `kbmap-kind kbmap-${kind}` }, "", legend);
    const box = make("input", { type: "checkbox" }, "", label);
    box.checked = model.on.has(kind);
    box.addEventListener("change", () => { model.toggle(kind, box.checked); render(); });
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
    const pick = (i) => { close(); input.value = ""; choose(i); focusCentre(); };
    function mark(n) {
      at = n;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      if (at >= 0) input.setAttribute("aria-activedescendant", list.children[at].id);
    }
    input.addEventListener("input", () => {
      found = model.search(input.value, RESULTS);
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

  function walk(i) {
    if (i !== state.centre && options.isPage) history.pushState({ depth: ++state.depth }, "", hashOf(i));
    else if (i !== state.centre) state.trail.push(state.centre);
    goTo(i);
  }

  function goBack() {
    if (state.path.length) { state.path = []; render(); }
    else if (state.depth) history.back();
    else if (state.trail.length) goTo(state.trail.pop());
  }

  function goTo(i) {
    Object.assign(state, { centre: i, more: 0, isWhole: false, path: [] });
    render();
    if (options.isPage) document.title = `${nodes[i].title} · ${data.title}`;
    if (options.onWalk) options.onWalk(nodes[i].id);
  }

  const hashOf = (i) => `#${encodeURIComponent(nodes[i].id)}`;

  /* The node that the address names, by its place. */
  function addressed() {
    try { return model.byId.get(decodeURIComponent(location.hash.slice(1))); } catch { return undefined; }
  }

  function showPath(end) {
    state.path = model.path(state.centre, end);
    render();
    if (!state.path.length) status.textContent = `Nothing that is switched on connects this node with ${nodes[end].title}.`;
  }

  (options.isPage ? document : root).addEventListener("keydown", (event) => {
    if (event.target.closest("input:not([type=checkbox])") || event.ctrlKey || event.metaKey) return;
    if (event.key === "Backspace" || (!options.isPage && event.key === "ArrowLeft" && event.altKey)) { event.preventDefault(); goBack(); }
    if (event.key === "/") { event.preventDefault(); finder.focus(); }
  });

  /* ---- drawing ---- */

  function render() {
    const focused = root.getRootNode().activeElement?.dataset?.node;
    const size = fit();
    const placed = state.path.length ? layout.path(state.path, ...size) : layout.neighbourhood(state.centre, state.more, ...size);
    svg.textContent = "";
    const lines = draw("g", {}, svg), dots = draw("g", {}, svg);
    const steps = new Set(state.path.slice(1).map((node, i) => [state.path[i], node].sort().join()));
    for (const [here, place] of placed.spots) {
      for (const [other, edges] of model.around(here)) {
        const there = placed.spots.get(other);
        // All lines between neighbours would only make a tangle.
        if (!there || other < here || (!place.path && !hangs(placed.spots, here, other))) continue;
        const far = Math.max(place.ring, there.ring) === 2 ? " kbmap-far" : "";
        const step = steps.has([here, other].sort().join()) ? " kbmap-step" : "";
        const begin = there.stem ?? place.stem ?? place, end = place.stem ? place : there;
        draw("line", {
          x1: begin.x, y1: begin.y, x2: end.x, y2: end.y, class: `kbmap-edge kbmap-${looks(edges)}${far}${step}`,
        }, lines);
      }
    }
    const trunk = [...placed.spots.values()].filter((place) => place.stem).pop();
    if (trunk) draw("line", { x1: trunk.stem.x, y1: placed.spots.get(trunk.from).y, x2: trunk.stem.x, y2: trunk.y, class: "kbmap-edge" }, lines);
    for (const [i, place] of placed.spots) dot(i, place, dots);
    panelFor(placed);
    status.textContent = state.path.length ? inSteps(state.path.length - 1) : counted(placed);
    back.disabled = !state.trail.length && !state.depth && !state.path.length;
    if (focused !== undefined) [...svg.querySelectorAll("[data-node]")].find((el) => el.dataset.node === focused)?.focus();
  }

  const inSteps = (n) => (n === 1 ? "1 step." : `${n} steps.`);
  const counted = ({ direct, second, hidden }) =>
    `${direct} direct connection${direct === 1 ? "" : "s"}, ${direct + second} within two steps${hidden ? `, ${hidden} not drawn` : ""}.`;

  /* How the edges between two nodes look: as the strongest of them; a link that only leads to the centre differs. */
  function looks(edges) {
    const { kind } = state.path.length ? edges[0] : foremost(edges);
    const comesHere = edges.every((edge) => edge.kind !== "link" || edge.target === state.centre);
    return kind === "link" && comesHere ? "backlink" : kind;
  }

  /* Whether a line is drawn in rings: from the centre, and from each outer node to the one that it hangs on. */
  function hangs(spots, a, b) {
    return a === state.centre || b === state.centre || spots.get(a).from === b || spots.get(b).from === a;
  }

  function dot(i, place, parent) {
    const node = nodes[i], isCentre = i === state.centre;
    const size = isCentre ? 11 : place.ring === 2 ? 5 : 7.5;
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
    const text = draw("text", {
      class: place.ring === 2 ? "kbmap-outer" : "", "text-anchor": { left: "end", right: "start" }[place.side] || "middle",
      x: { left: -size - 6, right: size + 6 }[place.side] || 0, y: place.side === "below" ? size + 18 : 5,
    }, group);
    text.textContent = cut(node.title, Math.min(place.chars, LABEL_CHARS));
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
        .addEventListener("click", () => { state.more += 1; render(); });
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
      const edges = k + 1 < state.path.length ? model.around(i).get(state.path[k + 1]) : null;
      if (edges) {
        const edge = edges[0];
        const why = edge.why || (edge.cosine ? `cosine ${edge.cosine.toFixed(2)}` : "");
        make("p", { class: "kbmap-why" }, `${said(edge, i)}${why ? `: ${why}` : ""}`, item);
      }
    });
  }

  function connectionList() {
    const groups = new Map();
    for (const [other, edges] of model.around(state.centre))
      for (const edge of edges) {
        if (edge.kind === "near" && edges.some(({ kind }) => kind !== "near" && kind !== "proposed")) continue;
        const name = said(edge, state.centre);
        if (!groups.has(name)) groups.set(name, []);
        if (groups.get(name).at(-1)?.other !== other) groups.get(name).push({ other, edge });
      }
    for (const [name, entries] of groups) {
      make("h3", {}, `This ${name} (${entries.length})`, panel);
      const list = make("ul", {}, "", panel);
      for (const { other, edge } of state.isWhole ? entries : entries.slice(0, LISTED)) {
        const item = make("li", {}, "", list);
        nodeButton(other, item);
        if (edge.cosine) make("span", { class: "kbmap-what" }, ` ${edge.cosine.toFixed(2)}`, item);
        if (edge.why) make("p", { class: "kbmap-why" }, edge.why, item);
      }
      if (!state.isWhole && entries.length > LISTED)
        make("button", { type: "button", class: "kbmap-button" }, `List all ${entries.length}`, panel)
          .addEventListener("click", () => { state.isWhole = true; render(); });
    }
    if (!groups.size) make("p", {}, "Nothing that is switched on connects this node with others.", panel);
  }

  /* ---- where to begin ---- */

  if (!nodes.length) { status.textContent = "The graph is empty."; return; }
  const most = () => nodes.reduce((best, node, i) => (node.kind === "note" && node.edges.length > nodes[best].edges.length ? i : best), 0);
  const first = (options.isPage ? addressed() : undefined) ?? model.byId.get(options.start) ?? most();
  if (options.isPage) {
    state.depth = history.state?.depth ?? 0;
    history.replaceState({ depth: state.depth }, "", hashOf(first));
    window.addEventListener("popstate", (event) => {
      state.depth = event.state?.depth ?? 0;
      goTo(addressed() ?? first);
    });
  }
  goTo(first);
  return { walkTo: (id) => { if (model.byId.has(id) && model.byId.get(id) !== state.centre) walk(model.byId.get(id)); } };
}
