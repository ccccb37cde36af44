/* Where the map draws what, in pixels from the middle of a picture of `width` by `height`. A place is
   {x, y, ring, angle, from: the node that it hangs on, stem: where the line to it begins if not there, side: where its label
   goes, chars: how long that may be}. `letter` tells how wide a letter of a label is. */

function mapLayout(model, letter) {
  const NEIGHBOURS = 28, ROWS = 12, OUTER = 40, NARROW = 560, ROW = 38, BOLD = 0.85, WIDE = 0.475, HIGH = 0.46, SIGN = 14;

  /* A node among its neighbours and a part of theirs; in a narrow picture its neighbours one below the other. `more`
     counts how often the reader asked for more. Gives {spots, direct, second, hidden}. */
  function neighbourhood(centre, more, width, height) {
    const isNarrow = width < NARROW;
    const all = [...model.around(centre).keys()];
    const first = all.slice(0, isNarrow ? ROWS * (1 + more) : NEIGHBOURS + OUTER * more);
    first.sort((a, b) => model.nodes[a].cluster - model.nodes[b].cluster || a - b);
    const direct = new Set(all), second = new Map();
    for (const i of all)
      for (const other of model.around(i).keys())
        if (other !== centre && !direct.has(other) && !second.has(other)) second.set(other, i);
    const spots = (isNarrow ? column : sides)(centre, first, width, height);
    const outer = isNarrow ? [] : inTurn(second, OUTER * (1 + more)).filter(([, from]) => spots.has(from));
    outside(spots, outer, width, height);
    return { spots, direct: all.length, second: second.size, hidden: all.length - first.length + second.size - outer.length };
  }

  /* Neighbours clockwise around the centre, their labels outward and no two on a line. */
  function sides(centre, first, width, height) {
    const spots = new Map([[centre, { x: 0, y: 0, ring: 0, angle: 0, side: "below", chars: Math.floor((width * 0.33) / letter()) }]]);
    const right = Math.ceil(first.length / 2);
    first.forEach((i, n) => {
      const isRight = n < right, count = isRight ? right : first.length - right, k = isRight ? n : first.length - 1 - n;
      const high = ((2 * k + 1) / count - 1) * (count > 2 ? 1 : 0.6);
      const y = high * height * 0.38, x = (isRight ? 0.2 : -0.2) * width * Math.sqrt(1 - (high / 1.15) ** 2);
      spots.set(i, { x, y, ring: 1, angle: clock(x, y), from: centre, ...label(x, isRight ? "right" : "left", 2 * border(y, width, height)) });
    });
    return spots;
  }

  /* The centre at the top, its neighbours in rows below it. */
  function column(centre, first, width, height) {
    const left = -width / 2 + 26, top = -height / 2 + 28, { chars } = label(left, "right", width);
    const spots = new Map([[centre, { x: left, y: top, ring: 0, angle: 0, side: "right", chars: Math.floor(chars * BOLD) }]]);
    first.forEach((i, n) => {
      const x = left + 40, y = top + ROW * (n + 1);
      spots.set(i, { x, y, ring: 1, angle: 0, from: centre, stem: { x: left, y }, ...label(x, "right", width) });
    });
    return spots;
  }

  /* Neighbours' neighbours along the border, each near the one that it hangs on; their labels lead inward. */
  function outside(spots, outer, width, height) {
    const angle = ([, from]) => spots.get(from).angle;
    outer.sort((a, b) => angle(a) - angle(b) || a[0] - b[0]);
    const even = (n) => (n / outer.length) * 2 * Math.PI - Math.PI / 2;
    const off = outer.reduce((sum, pair, n) => sum + angle(pair) - even(n), 0) / Math.max(outer.length, 1);
    outer.forEach(([i, from], n) => {
      const turn = even(n) + off, x = squared(Math.cos(turn)) * width * WIDE, y = squared(Math.sin(turn)) * height * HIGH;
      spots.set(i, { x, y, ring: 2, angle: turn, from, ...label(x, x < 0 ? "right" : "left", width) });
    });
  }

  /* The steps of a path from the top down. */
  function path(steps, width, height) {
    const n = steps.length, x = Math.max(-width / 2 + 26, -240), gap = Math.min(80, (height - 56) / Math.max(n - 1, 1));
    const { chars } = label(x, "right", width);
    const spots = steps.map((i, k) => [i, {
      x, y: (k - (n - 1) / 2) * gap, ring: 1, path: true, side: "right", chars: k ? chars : Math.floor(chars * BOLD),
    }]);
    return { spots: new Map(spots) };
  }

  /* Height that the rows of a narrow picture need; none in a wide one. */
  function height(n, more, width) {
    return width < NARROW ? 40 + ROW * (1 + Math.min(n, ROWS * (1 + more))) : null;
  }

  function label(x, side, width) {
    return { side, chars: Math.max(8, Math.floor((width / 2 - (side === "right" ? x : -x) - 44) / letter())) };
  }

  /* What makes a ring a rectangle with round corners, whose border leaves room for labels inside. */
  const squared = (part) => Math.sign(part) * Math.sqrt(Math.abs(part));

  /* How far from the middle that border is at a height; a label that went on would run into the nodes there. */
  const border = (y, width, height) => width * WIDE * (1 - (y / height / HIGH) ** 4) ** 0.25 + SIGN;

  /* From the top clockwise, the order in which a ring is filled. */
  function clock(x, y) {
    const angle = Math.atan2(y, x);
    return angle < -Math.PI / 2 ? angle + 2 * Math.PI : angle;
  }

  /* Of the nodes that hang on others, a few of each in turn, so that no single one fills the ring. */
  function inTurn(hanging, n) {
    const groups = new Map();
    for (const [i, from] of hanging) groups.get(from)?.push(i) ?? groups.set(from, [i]);
    const found = [];
    for (let k = 0; found.length < n && [...groups.values()].some((group) => group.length > k); k++)
      for (const [from, group] of groups) if (group.length > k && found.length < n) found.push([group[k], from]);
    return found;
  }

  return { neighbourhood, path, height };
}
