"use strict";
// Shared by all figures: the data, the selection, colours, axes.
const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
// Okabe and Ito's palette, which colour-blind readers can distinguish; a second round changes dash and marker as well.
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8a8a00"];
const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up"];
const style = (model) => {
  const place = data.models.indexOf(model), round = Math.floor(place / COLOURS.length);
  return { color: COLOURS[place % COLOURS.length], dash: DASHES[round % DASHES.length], symbol: SYMBOLS[round % SYMBOLS.length] };
};
const SKILLS = ["calculation", "fact_retrieval", "simulation", "enumeration", "diagnostic"];
const MEASURES = { ...data.measures, drift: "profile drift" };
const chosen = new Set(data.models);
const span = { from: 0, to: Infinity };
/** Rows of the selected models and steps, always with the base, which everything is compared with. */
const picked = (rows) => rows.filter((row) => chosen.has(row.model) &&
  (row.step === undefined || row.step === 0 || (row.step >= span.from && row.step <= span.to)));
const has = (row, name) => row[name] !== null && row[name] !== undefined;
const words = (name) => name.replaceAll("_", " ");
const number = (value) => (value === null || value === undefined ? "–" : String(Number(Number(value).toPrecision(3))));
const signed = (value) => (value === null || value === undefined ? "–" : (value > 0 ? "+" : "") + Number(value).toFixed(3));

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const narrow = () => window.innerWidth < 700;
const layout = (extra) => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: css("--ink"), size: 12 },
  margin: { l: 55, r: 15, t: 30, b: 45 }, hovermode: "closest", showlegend: false,
  hoverlabel: { align: "left" }, ...extra,
});
const axis = (extra) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), linecolor: css("--line"), ...extra });
const draw = (id, traces, extra) =>
  Plotly.react(element(id), traces, layout(extra),
    { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] });
const clear = (color, alpha) =>
  `rgba(${[1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)).join(",")},${alpha})`;
const level = (at, y, color, dash) => ({ type: "line", xref: `${at.x} domain`, yref: at.y, x0: 0, x1: 1, y0: y, y1: y,
  line: { color, dash, width: 1 } });
const chosenModels = () => data.models.filter((model) => chosen.has(model));
/** Show a section's figure, or the reason why there is none. */
function present(id, there, reason) {
  element(id).hidden = !there;
  let note = element(id).previousElementSibling;
  if (!note || !note.classList.contains("nothing")) {
    note = Object.assign(document.createElement("p"), { className: "nothing" });
    element(id).before(note);
  }
  note.textContent = there ? "" : reason;
  note.hidden = there;
  return there;
}

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
