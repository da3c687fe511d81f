"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
// Okabe and Ito's palette, told apart by colour-blind readers; a second round changes the dash instead.
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8a8a00"];
const DASHES = ["solid", "dash", "dot", "dashdot"];
const style = (model) => {
  const place = data.models.indexOf(model);
  return { color: COLOURS[place % COLOURS.length], dash: DASHES[Math.floor(place / COLOURS.length) % DASHES.length] };
};
const SKILLS = ["calculation", "fact_retrieval", "simulation", "enumeration", "diagnostic"];
const MEASURES = {
  forward_kl: "forward KL (nats)", reverse_kl: "reverse KL (nats)", js: "JS (nats)",
  moved_share: "share of tokens with JS > 0.1", relative_norm: "relative weight norm",
  sparsity_relative: "update sparsity", spectral_drift: "spectral drift", drift: "profile drift",
};
const chosen = new Set(data.models);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const narrow = () => window.innerWidth < 700;
const layout = (extra) => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: css("--ink"), size: 12 },
  margin: { l: 55, r: 15, t: 30, b: 45 }, hovermode: "closest", showlegend: false, ...extra,
});
const axis = (extra) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), linecolor: css("--line"), ...extra });
const draw = (id, traces, extra) =>
  Plotly.react(element(id), traces, layout(extra), { displaylogo: false, responsive: true });
const clear = (color, alpha) =>
  `rgba(${[1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)).join(",")},${alpha})`;
const number = (value) => (value === null || value === undefined ? "–" : Number(value).toPrecision(3) * 1 + "");

/** Small multiples: one panel per name, laid out in as many columns as fit. */
function panels(names, height) {
  const columns = narrow() ? 1 : Math.min(names.length, 3);
  const rows = Math.ceil(names.length / columns);
  return {
    grid: { rows, columns, pattern: "independent", ygap: narrow() ? 0.35 : 0.3, xgap: 0.12 },
    height: rows * height + 40,
    axes: (place) => {
      const suffix = place ? String(place + 1) : "";
      return { x: `x${suffix}`, y: `y${suffix}`, xaxis: `xaxis${suffix}`, yaxis: `yaxis${suffix}` };
    },
    title: (place, text) => {
      const suffix = place ? String(place + 1) : "";
      return { text, xref: `x${suffix} domain`, yref: `y${suffix} domain`, x: 0, y: 1.12, showarrow: false,
        xanchor: "left", font: { size: 13, color: css("--ink") } };
    },
  };
}

function drawSkills() {
  const names = [...SKILLS, "all"].filter((skill) => data.skills.some((row) => row.skill === skill));
  const plan = panels(names, 240);
  const traces = [], annotations = [], shapes = [], axes = {};
  names.forEach((skill, place) => {
    const at = plan.axes(place);
    axes[at.xaxis] = axis({ title: { text: "step", standoff: 4 } });
    axes[at.yaxis] = axis({ range: [-0.02, 1.02] });
    annotations.push(plan.title(place, skill.replace("_", " ")));
    for (const model of chosen) {
      const rows = data.skills.filter((row) => row.model === model && row.skill === skill);
      if (!rows.length) continue;
      const { color, dash } = style(model);
      const x = rows.map((row) => row.step);
      traces.push({ x: [...x, ...x.slice().reverse()], xaxis: at.x, yaxis: at.y, fill: "toself", mode: "lines",
        y: [...rows.map((row) => row.accuracy_high), ...rows.map((row) => row.accuracy_low).reverse()],
        fillcolor: clear(color, 0.15), line: { width: 0 }, hoverinfo: "skip" });
      traces.push({ x, y: rows.map((row) => row.accuracy), xaxis: at.x, yaxis: at.y, name: model,
        mode: "lines+markers", line: { color, dash }, marker: { size: 6 },
        customdata: rows.map((row) => [row.accuracy_low, row.accuracy_high, row.strict_accuracy]),
        hovertemplate: "%{fullData.name} step %{x}<br>%{y:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]" +
          "<br>strict %{customdata[2]:.3f}<extra></extra>" });
      if (rows[0].step === 0) shapes.push(level(at, rows[0].accuracy, color, "dash"));
    }
    const row = data.skills.find((one) => one.skill === skill);
    shapes.push(level(at, row.chance, css("--quiet"), "dot"));
  });
  draw("skills", traces, { grid: plan.grid, height: plan.height, annotations, shapes, ...axes });
}

const level = (at, y, color, dash) => ({ type: "line", xref: `${at.x} domain`, yref: at.y, x0: 0, x1: 1, y0: y, y1: y,
  line: { color, dash, width: 1 } });

function selected() {
  const [model, step] = element("checkpoint").value.split("@");
  return { model, step: Number(step) };
}

function drawCells() {
  const { model, step } = selected();
  const rows = data.cells.filter((row) => row.model === model && row.step === step)
    .sort((a, b) => a.change - b.change);
  const names = rows.map((row) => `${row.skill.replace("_", " ")} / ${row.domain}`);
  const { color } = style(model);
  const moved = (row) => row.p_adjusted !== null && row.p_adjusted <= 0.05;
  const lines = rows.map((row, place) => ({ type: "line", x0: row.base_accuracy, x1: row.accuracy, y0: names[place],
    y1: names[place], line: { color: css("--line"), width: 3 } }));
  draw("cells", [
    { x: rows.map((row) => row.base_accuracy), y: names, mode: "markers", name: "base",
      marker: { color: css("--quiet"), size: 9 }, hovertemplate: "base %{x:.3f}<extra>%{y}</extra>" },
    { x: rows.map((row) => row.accuracy), y: names, mode: "markers", name: model,
      marker: { color: rows.map((row) => (moved(row) ? color : css("--paper"))), line: { color, width: 2 },
        size: rows.map((row) => (row.collapse ? 14 : 10)), symbol: rows.map((row) => (row.collapse ? "x" : "circle")) },
      customdata: rows.map((row) => [row.change, row.change_low, row.change_high, row.p_adjusted, row.items]),
      hovertemplate: "%{x:.3f}: %{customdata[0]:+.3f} [%{customdata[1]:+.3f}, %{customdata[2]:+.3f}]" +
        "<br>adjusted p %{customdata[3]:.3g}, %{customdata[4]} items<extra>%{y}</extra>" },
  ], { height: 620, shapes: lines, xaxis: axis({ title: { text: "accuracy" }, range: [-0.02, 1.02] }),
    yaxis: axis({ automargin: true }), margin: { l: 10, r: 15, t: 10, b: 45 } });
}

function drawDrift() {
  const names = ["forward_kl", "relative_norm", "sparsity_relative", "drift"]
    .filter((name) => data.drift.some((row) => row[name] !== null && row[name] !== undefined));
  const plan = panels(names, 240);
  const traces = [], annotations = [], axes = {};
  names.forEach((name, place) => {
    const at = plan.axes(place);
    axes[at.xaxis] = axis({ title: { text: "step", standoff: 4 } });
    axes[at.yaxis] = axis({ rangemode: "tozero" });
    annotations.push(plan.title(place, MEASURES[name]));
    for (const model of chosen) {
      const rows = data.drift.filter((row) => row.model === model);
      const { color, dash } = style(model);
      traces.push({ x: rows.map((row) => row.step), y: rows.map((row) => row[name]), xaxis: at.x, yaxis: at.y,
        name: model, mode: "lines+markers", line: { color, dash },
        hovertemplate: "%{fullData.name} step %{x}: %{y:.4g}<extra></extra>" });
      if (name === "drift") {
        traces.push({ x: rows.map((row) => row.step), y: rows.map((row) => row.drift_noise), xaxis: at.x, yaxis: at.y,
          mode: "lines", line: { color, dash: "dot", width: 1 }, hovertemplate: "noise alone %{y:.4g}<extra></extra>" });
      }
    }
  });
  draw("drift", traces, { grid: plan.grid, height: plan.height, annotations, ...axes });
}

function drawLaws() {
  const name = element("measure").value;
  const traces = [...chosen].map((model) => {
    const rows = data.drift.filter((row) => row.model === model);
    return { x: rows.map((row) => row[name]), y: rows.map((row) => row.forgetting), text: rows.map((row) => row.step),
      mode: "markers", name: model, marker: { color: style(model).color, size: 9 },
      hovertemplate: "%{fullData.name} step %{text}<br>%{x:.4g}: forgot %{y:.3f}<extra></extra>" };
  });
  const law = data.laws.find((one) => one.measure === name);
  if (law && law.curvature !== null) {
    const largest = Math.max(...data.drift.map((row) => row[name] || 0));
    const x = Array.from({ length: 60 }, (_, place) => (largest * place) / 59);
    traces.push({ x, y: x.map((one) => law.intercept + law.slope * one + law.curvature * one * one), mode: "lines",
      line: { color: css("--quiet"), width: 1 }, hoverinfo: "skip" });
  }
  draw("laws", traces, { height: 340, xaxis: axis({ title: { text: MEASURES[name] } }),
    yaxis: axis({ title: { text: "forgetting" }, rangemode: "tozero" }) });
}

function drawLayers() {
  const model = element("layer-model").value;
  const rows = data.layers.filter((row) => row.model === model && row.step > 0);
  const steps = [...new Set(rows.map((row) => row.step))].sort((a, b) => a - b);
  const layers = [...new Set(rows.map((row) => row.layer))].sort((a, b) => a - b);
  const z = layers.map((layer) => steps.map((step) => {
    const row = rows.find((one) => one.layer === layer && one.step === step);
    return row ? row.relative_norm : null;
  }));
  draw("layers", [{ type: "heatmap", x: steps.map(String), y: layers, z, colorscale: "Viridis",
    hovertemplate: "layer %{y}, step %{x}: %{z:.4g}<extra></extra>" }],
  { height: 360, xaxis: axis({ title: { text: "step" }, type: "category" }),
    yaxis: axis({ title: { text: "layer" }, dtick: layers.length > 12 ? undefined : 1 }) });
}

function table(id, columns, rows) {
  const whole = document.createElement("table");
  const head = whole.createTHead().insertRow();
  for (const [title] of columns) head.appendChild(Object.assign(document.createElement("th"), { textContent: title }));
  const body = whole.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [, value, kind] of columns) {
      const cell = line.insertCell();
      cell.textContent = value(row);
      if (kind) cell.className = kind;
    }
  }
  element(id).replaceChildren(whole);
}

function tellForgotten() {
  const { model, step } = selected();
  const rows = data.forgotten.filter((row) => row.model === model && row.step === step);
  element("forgotten-count").textContent = rows.length ? `${rows.length} shown.` : "none.";
  table("forgotten", [
    ["cell", (row) => `${row.skill.replace("_", " ")} / ${row.domain}`], ["kind", (row) => `${row.kind}, level ${row.level}`],
    ["prompt", (row) => row.prompt, "text"], ["answer", (row) => row.answer, "text"],
    ["base said", (row) => row.base_said, "text"], ["now says", (row) => row.now_says, "text"],
  ], rows);
}

function tellLaws() {
  if (!data.laws.length) {
    element("law-table").textContent = "Too few checkpoints for a fit.";
    return;
  }
  table("law-table", [
    ["measure", (row) => MEASURES[row.measure] || row.measure], ["R²", (row) => number(row.r2), "number"],
    ["95 % interval", (row) => `${number(row.r2_low)} to ${number(row.r2_high)}`, "number"],
    ["R² on a model left out", (row) => number(row.r2_new_model), "number"], ["remark", (row) => row.reason || ""],
  ], data.laws);
}

function options(id, values, change) {
  const select = element(id);
  select.replaceChildren(...values.map(([value, text]) => new Option(text, value)));
  select.onchange = change;
}

function offerCheckpoints() {
  const before = element("checkpoint").value;
  const steps = data.cells.filter((row) => chosen.has(row.model) && row.step > 0).map((row) => `${row.model}@${row.step}`);
  const unique = [...new Set(steps)].reverse();
  options("checkpoint", unique.map((key) => [key, key.replace("@", " at step ")]), () => { drawCells(); tellForgotten(); });
  if (unique.includes(before)) element("checkpoint").value = before;
  options("layer-model", [...chosen].map((model) => [model, model]), drawLayers);
}

function drawAll() {
  drawSkills(); drawCells(); drawDrift(); drawLaws(); drawLayers(); tellForgotten();
  element("readings").replaceChildren(...data.readings.filter((row) => chosen.has(row.model))
    .map((row) => Object.assign(document.createElement("p"), { textContent: row.text })));
}

function start() {
  element("about").textContent = `${data.items} items (set ${data.item_set}), ${data.models.length} models, ` +
    `${data.checkpoints.length} checkpoints. ${data.versions}.`;
  for (const model of data.models) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, value: model });
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.background = style(model).color;
    box.onchange = () => {
      if (box.checked) chosen.add(model); else chosen.delete(model);
      offerCheckpoints(); drawAll();
    };
    label.append(box, " ", swatch, model);
    element("models").append(label);
  }
  const measured = Object.keys(MEASURES).filter((name) => data.drift.some((row) => row[name] !== null && row[name] !== undefined));
  options("measure", measured.map((name) => [name, MEASURES[name]]), drawLaws);
  offerCheckpoints();
  tellLaws();
  table("checkpoints", [
    ["model", (row) => row.model], ["step", (row) => row.step, "number"], ["method", (row) => row.method],
    ["digest", (row) => row.digest.slice(0, 16)], ["base", (row) => row.base.slice(0, 16)], ["type", (row) => row.dtype],
    ["parameters", (row) => row.parameter_count.toLocaleString("en"), "number"], ["written", (row) => row.written_at],
    ["folder", (row) => row.path],
  ], data.checkpoints);
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.addEventListener("resize", () => { clearTimeout(start.timer); start.timer = setTimeout(drawAll, 150); });
}

start();
