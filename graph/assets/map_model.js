/* What the map knows: nodes, their neighbours, the way from one to another, and who bears a name. Nothing is drawn here. */

/* An arXiv id in a query, whichever version and however it is written. */
const ARXIV_ID = /^(?:.*[/:])?(\d{4}\.\d{4,5}|[a-z.-]+\/\d{7})(?:v\d+)?(?:\.pdf)?$/;

function mapModel(data) {
  const nodes = data.nodes.map(([id, kind, title, claim, summary, date, cluster, held]) =>
    ({ id, kind, title, claim, summary, date, cluster, held, edges: [], words: `${title} ${id}`.toLowerCase() }));
  data.edges.forEach(([source, target, place, why, cosine]) => {
    const edge = { source, target, place, kind: data.kinds[place], why, cosine, weight: data.strengths[place] * (cosine ?? 1) };
    nodes[source].edges.push(edge);
    if (source !== target) nodes[target].edges.push(edge);
  });
  const used = new Set(data.edges.map((edge) => edge[2]));
  const kinds = data.kinds.filter((kind, place) => used.has(place));
  const on = new Set(kinds.filter((kind) => kind !== "topic" && kind !== "proposed"));
  let known = new Map();

  function toggle(kind, isOn) {
    isOn ? on.add(kind) : on.delete(kind);
    known = new Map();
  }

  /* Neighbours of a node over the kinds that are on: a map from node to its edges. What people wrote goes before what is
     near, then by cosine, then by place in the list; the edges of a pair are in the same order. */
  function around(here) {
    if (known.has(here)) return known.get(here);
    const found = new Map();
    for (const edge of nodes[here].edges) {
      const other = edge.source === here ? edge.target : edge.source;
      if (!on.has(edge.kind) || other === here) continue;
      if (!found.has(other)) found.set(other, []);
      found.get(other).push(edge);
    }
    for (const edges of found.values()) edges.sort((a, b) => b.weight - a.weight || a.place - b.place);
    const sorted = new Map([...found].sort((a, b) => b[1][0].weight - a[1][0].weight || a[0] - b[0]));
    known.set(here, sorted);
    return sorted;
  }

  /* Fewest steps between two nodes; among such paths, from the end back, always the first neighbour that is a step
     nearer to the start. `kb graph path` goes by the same rule. */
  function path(start, end) {
    const level = new Map([[start, 0]]);
    let frontier = [start];
    while (frontier.length && !level.has(end)) {
      const next = [];
      for (const here of frontier)
        for (const other of around(here).keys())
          if (!level.has(other)) { level.set(other, level.get(here) + 1); next.push(other); }
      frontier = next;
    }
    if (!level.has(end)) return [];
    const found = [end];
    while (found[0] !== start) {
      const nearer = level.get(found[0]) - 1;
      found.unshift([...around(found[0]).keys()].find((other) => level.get(other) === nearer));
    }
    return found;
  }

  /* The first nodes whose title or id holds every word. */
  function search(query, limit) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean).map((word) => ARXIV_ID.exec(word)?.[1] ?? word);
    const found = [];
    for (let i = 0; words.length && i < nodes.length && found.length < limit; i++)
      if (words.every((word) => nodes[i].words.includes(word))) found.push(i);
    return found;
  }

  return { nodes, kinds, on, toggle, around, path, search, byId: new Map(nodes.map((node, i) => [node.id, i])) };
}
