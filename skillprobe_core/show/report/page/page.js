// The controls, and the first drawing.

function selected() {
  const [model, step] = element("checkpoint").value.split("@");
  return { model, step: Number(step) };
}

function options(id, values, change) {
  const select = element(id), before = select.value;
  select.replaceChildren(...values.map(([value, text]) => new Option(text, value)));
  if (values.some(([value]) => value === before)) select.value = before;
  select.onchange = change;
}

function offerCheckpoints() {
  const steps = picked(data.cells).filter((row) => row.step > 0).map((row) => `${row.model}@${row.step}`);
  options("checkpoint", [...new Set(steps)].reverse().map((key) => [key, key.replace("@", " at step ")]),
    () => { drawCells(); tellForgotten(); });
  options("layer-model", chosenModels().map((model) => [model, model]), drawLayers);
}

function drawAll() {
  drawSkills(); drawCells(); drawDrift(); drawGain(); drawLaws(); drawLayers();
}

function tellAll() {
  tellForgotten(); tellStudy(); tellFormats(); tellCalibration(); tellTraining(); tellCheckpoints();
  element("results").replaceChildren(...data.results.filter((row) => chosen.has(row.model)).map(result));
}

/** What a model's tests say in one sentence, above the list of its evidence. */
function result(row) {
  const article = document.createElement("article"), list = document.createElement("ul");
  list.append(...row.evidence.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  article.append(Object.assign(document.createElement("p"), { textContent: row.result }), list);
  return article;
}

function pick() {
  offerCheckpoints(); drawAll(); tellAll();
}

function offerModels() {
  for (const model of data.models) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, value: model });
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.borderTop = `4px ${{ solid: "solid", dash: "dashed", dot: "dotted", dashdot: "double" }[style(model).dash]} ${style(model).color}`;
    box.onchange = () => { if (box.checked) chosen.add(model); else chosen.delete(model); pick(); };
    label.append(box, " ", swatch, model);
    element("models").append(label);
  }
}

function offerSteps() {
  const steps = [...new Set(data.checkpoints.map((row) => row.step))].sort((a, b) => a - b).filter((step) => step > 0);
  if (!steps.length) return;
  options("from", steps.map((step) => [String(step), String(step)]), () => { span.from = Number(element("from").value); pick(); });
  options("to", steps.map((step) => [String(step), String(step)]), () => { span.to = Number(element("to").value); pick(); });
  element("to").value = String(steps[steps.length - 1]);
}

function start() {
  element("about").textContent = `${data.items} items (protocol ${data.protocol}; item set ${data.item_set}), ${data.models.length} ` +
    `${data.models.length === 1 ? "model" : "models"}, ${data.checkpoints.length} checkpoints; trained on: ` +
    `${data.targets || "unknown"}. Written ${data.written} from study ${data.study.slice(0, 16)}. ${data.versions}.` + (data.pilot ? ` ${data.pilot}` : "");
  element("significance").textContent = data.significance;
  element("margin").textContent = data.margin;
  element("claims").textContent = data.claims;
  element("spectra").textContent = data.spectra;
  offerModels();
  offerSteps();
  const ranked = data.laws.map((row) => row.measure);
  const measured = [...ranked, ...Object.keys(MEASURES).filter((name) => !ranked.includes(name))]
    .filter((name) => data.drift.some((row) => has(row, name)));
  options("measure", measured.map((name) => [name, MEASURES[name] || words(name)]), drawLaws);
  tellNoise();
  pick();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.addEventListener("resize", () => { clearTimeout(start.timer); start.timer = setTimeout(drawAll, 150); });
  // Paper is white even if the screen is dark.
  window.addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); drawAll(); });
  window.addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); drawAll(); });
}

start();
