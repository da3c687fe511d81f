// The figures; each is redrawn when the reader changes the selection.

/** Hundreds of markers would merge into a bar. */
const strokes = (rows) => (rows.length > 60 ? "lines" : "lines+markers");

function drawSkills() {
  const names = [...SKILLS, "all"].filter((skill) => data.skills.some((row) => row.skill === skill));
  const plan = panels(names, 240);
  const traces = [], annotations = [], shapes = [], axes = {};
  const bands = chosen.size <= 6;
  names.forEach((skill, place) => {
    const at = plan.axes(place);
    axes[at.xaxis] = axis({ title: { text: "step", standoff: 4 } });
    axes[at.yaxis] = axis({ range: [-0.02, 1.02] });
    annotations.push(plan.title(place, words(skill)));
    const drawn = new Set();
    for (const model of chosenModels()) {
      const rows = picked(data.skills).filter((row) => row.model === model && row.skill === skill);
      if (!rows.length) continue;
      const { color, dash, symbol } = style(model);
      const x = rows.map((row) => row.step);
      if (bands) {
        traces.push({ x: [...x, ...x.slice().reverse()], xaxis: at.x, yaxis: at.y, fill: "toself", mode: "lines",
          y: [...rows.map((row) => row.accuracy_high), ...rows.map((row) => row.accuracy_low).reverse()],
          fillcolor: clear(color, 0.15), line: { width: 0 }, hoverinfo: "skip" });
      }
      traces.push({ x, y: rows.map((row) => row.accuracy), xaxis: at.x, yaxis: at.y, name: model,
        mode: strokes(rows), line: { color, dash }, marker: { size: 6, symbol },
        customdata: rows.map((row) => [row.accuracy_low, row.accuracy_high, row.malformed_rate,
          row.unparsed_rate, row.truncated_rate,
          has(row, "well_formed_accuracy") ? number(row.well_formed_accuracy) : "–"]),
        hovertemplate: "%{fullData.name} step %{x}<br>%{y:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]" +
          "<br>among well-formed answers %{customdata[5]}<br>malformed %{customdata[2]:.3f}, " +
          "unparsed %{customdata[3]:.3f}, cut %{customdata[4]:.3f}<extra></extra>" });
      // Models of one base share its line.
      if (rows[0].step === 0 && !drawn.has(rows[0].accuracy)) {
        drawn.add(rows[0].accuracy);
        shapes.push(level(at, rows[0].accuracy, css("--quiet"), "dash"));
      }
    }
    const row = data.skills.find((one) => one.skill === skill);
    shapes.push(level(at, row.chance, css("--quiet"), "dot"));
  });
  draw("skills", traces, { grid: plan.grid, height: plan.height, annotations, shapes, ...axes });
}

/** A cell that collapsed, or whose output is broken. */
const lost = (row) => row.collapse || row.output_broken;

/** The same test among well-formed answers and on the items that neither side cut, where these are not all. */
function onSubsets(row) {
  const lines = [];
  if (has(row, "well_formed_accuracy") && row.well_formed_items < row.items) {
    lines.push(`well-formed answers (${row.well_formed_items} items): ${number(row.base_well_formed_accuracy)} to ` +
      number(row.well_formed_accuracy));
  }
  if (has(row, "uncut_change") && row.uncut_items < row.items) {
    lines.push(`not cut (${row.uncut_items} items): ${signed(row.uncut_change)} [${signed(row.uncut_change_low)}, ` +
      `${signed(row.uncut_change_high)}], adjusted p ${number(row.uncut_p_adjusted)}`);
  }
  return lines.map((line) => `<br>${line}`).join("");
}

function drawCells() {
  const { model, step } = selected();
  const rows = data.cells.filter((row) => row.model === model && row.step === step)
    .sort((a, b) => a.change - b.change);
  if (!present("cells", rows.length, "Only bases have been evaluated so far.")) return;
  const names = rows.map((row) => `${words(row.skill)} / ${row.domain}`);
  const { color } = style(model);
  const moved = (row) => has(row, "p_gated") && row.p_gated <= data.significance;
  const lines = rows.map((row, place) => ({ type: "line", x0: row.base_accuracy, x1: row.accuracy, y0: names[place],
    y1: names[place], layer: "below", line: { color: css("--line"), width: 4 } }));
  draw("cells", [
    { x: rows.map((row) => row.base_accuracy), y: names, mode: "markers", name: "base",
      marker: { color: css("--quiet"), size: 9 }, hovertemplate: "base %{x:.3f}<extra>%{y}</extra>" },
    { x: rows.map((row) => row.accuracy), y: names, mode: "markers", name: model,
      marker: { color: rows.map((row) => (lost(row) ? css("--alarm") : moved(row) ? color : css("--paper"))),
        line: { color: rows.map((row) => (lost(row) ? css("--alarm") : color)), width: 2 },
        opacity: 1, size: rows.map((row) => (lost(row) ? 14 : 10)),
        symbol: rows.map((row) => (row.collapse ? "x" : row.output_broken ? "diamond-x" : "circle")) },
      customdata: rows.map((row) => [row.change, row.change_low, row.change_high, row.p_gated, row.items,
        row.output_broken ? "output broken: fewer than half of the answers are well-formed"
          : row.collapse ? (row.persistent ? "collapsed, also at the previous step" : "collapsed")
          : row.detectable_collapse >= Math.min(1, row.base_accuracy) ? "base accuracy too low to detect a collapse"
            : `minimum detectable collapse at 80 % power: ${number(row.detectable_collapse)}`,
        has(row, "noise_floor") ? `noise floor ${number(row.noise_floor)}` : "noise floor not measured", onSubsets(row)]),
      hovertemplate: "%{x:.3f}: %{customdata[0]:+.3f} [%{customdata[1]:+.3f}, %{customdata[2]:+.3f}]" +
        "<br>adjusted p %{customdata[3]:.3g}, %{customdata[4]} items<br>%{customdata[5]}<br>%{customdata[6]}" +
        "%{customdata[7]}<extra>%{y}</extra>" },
  ], { height: 120 + 26 * rows.length, shapes: lines, xaxis: axis({ title: { text: "accuracy" }, range: [-0.02, 1.02] }),
    yaxis: axis({ automargin: true, tickfont: { size: narrow() ? 10 : 12 } }), margin: { l: 10, r: 15, t: 10, b: 45 } });
}

function drawDrift() {
  const names = ["forward_kl", "relative_norm", "sparsity_relative", "drift"]
    .filter((name) => data.drift.some((row) => has(row, name)));
  if (!present("drift", names.length, "Neither divergence nor weights have been measured yet.")) return;
  const plan = panels(names, 240);
  const traces = [], annotations = [], axes = {};
  names.forEach((name, place) => {
    const at = plan.axes(place);
    axes[at.xaxis] = axis({ title: { text: "step", standoff: 4 } });
    axes[at.yaxis] = axis({ rangemode: "tozero", exponentformat: "power" });
    annotations.push(plan.title(place, MEASURES[name]));
    for (const model of chosenModels()) {
      const rows = picked(data.drift).filter((row) => row.model === model && has(row, name));
      const { color, dash, symbol } = style(model);
      traces.push({ x: rows.map((row) => row.step), y: rows.map((row) => row[name]), xaxis: at.x, yaxis: at.y,
        name: model, mode: strokes(rows), line: { color, dash }, marker: { symbol },
        hovertemplate: "%{fullData.name} step %{x}: %{y:.4g}<extra></extra>" });
      if (name === "drift") {
        traces.push({ x: rows.map((row) => row.step), y: rows.map((row) => row.drift_noise), xaxis: at.x, yaxis: at.y,
          mode: "lines", line: { color, dash: "dot", width: 1 }, hovertemplate: "noise alone %{y:.4g}<extra></extra>" });
      }
    }
  });
  draw("drift", traces, { grid: plan.grid, height: plan.height, annotations, ...axes });
}

function drawGain() {
  const known = data.drift.some((row) => row.step > 0 && has(row, "gain"));
  if (!present("gain", known, "The item set has no target cell: set what was trained on with --target.")) return;
  const traces = chosenModels().map((model) => {
    const rows = picked(data.drift).filter((row) => row.model === model && has(row, "gain") && has(row, "drop"));
    const { color, dash, symbol } = style(model);
    return { x: rows.map((row) => row.gain), y: rows.map((row) => row.drop), mode: "lines+markers", name: model,
      line: { color: clear(color, 0.5), dash, width: 1 },
      marker: { color: rows.map((row) => (row.on_front ? color : css("--paper"))), symbol, size: 10, opacity: 1,
        line: { color, width: 2 } }, text: rows.map((row) => row.step),
      hovertemplate: "%{fullData.name} step %{text}<br>gain %{x:+.3f}, drop elsewhere %{y:+.3f}<extra></extra>" };
  });
  draw("gain", traces, { height: 360, xaxis: axis({ title: { text: "gain in the target cells" } }),
    yaxis: axis({ title: { text: "drop elsewhere" } }) });
}

function drawLaws() {
  const name = element("measure").value;
  if (!present("laws", Boolean(name), "No divergence or weight change has been measured yet.")) return;
  const traces = chosenModels().map((model) => {
    const rows = picked(data.drift).filter((row) => row.model === model);
    const { color, symbol } = style(model);
    return { x: rows.map((row) => row[name]), y: rows.map((row) => row.forgetting), text: rows.map((row) => row.step),
      mode: "markers", name: model, marker: { color, symbol, size: 9 },
      hovertemplate: "%{fullData.name} step %{text}<br>%{x:.4g}: forgot %{y:.3f}<extra></extra>" };
  });
  const law = data.laws.find((one) => one.measure === name);
  if (law && law.curvature !== null) {
    const values = data.drift.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
    const low = Math.min(...values), high = Math.max(...values);
    const x = Array.from({ length: 60 }, (_, place) => low + ((high - low) * place) / 59);
    traces.push({ x, y: x.map((one) => law.intercept + law.slope * one + law.curvature * one * one), mode: "lines",
      line: { color: css("--quiet"), width: 1 }, hoverinfo: "skip" });
  }
  draw("laws", traces, { height: 340, xaxis: axis({ title: { text: MEASURES[name] || words(name) } }),
    yaxis: axis({ title: { text: "forgetting" }, rangemode: "tozero" }) });
}

function drawLayers() {
  const model = element("layer-model").value;
  const rows = picked(data.layers).filter((row) => row.model === model && row.step > 0);
  if (!present("layers", rows.length, "The weights of this model have not been compared yet.")) return;
  const steps = [...new Set(rows.map((row) => row.step))].sort((a, b) => a - b);
  const layers = [...new Set(rows.map((row) => row.layer))].sort((a, b) => a - b);
  const z = layers.map((layer) => steps.map((step) => {
    const row = rows.find((one) => one.layer === layer && one.step === step);
    return row ? row.relative_norm : null;
  }));
  draw("layers", [{ type: "heatmap", x: steps.map(String), y: layers, z, colorscale: "Viridis",
    colorbar: { thickness: 12, exponentformat: "power" },
    hovertemplate: "layer %{y}, step %{x}: %{z:.4g}<extra></extra>" }],
  { height: Math.min(640, Math.max(220, 90 + 26 * layers.length)), margin: { l: 55, r: 5, t: 10, b: 45 },
    xaxis: axis({ title: { text: "step" }, type: "category" }),
    yaxis: axis({ title: { text: "layer" }, dtick: layers.length > 12 ? undefined : 1 }) });
}
