// The tables: columns are [title, text of a row, class].

function table(id, columns, rows) {
  const whole = document.createElement("table");
  const head = whole.createTHead().insertRow();
  for (const [title, , kind] of columns) {
    head.appendChild(Object.assign(document.createElement("th"), { textContent: title, className: kind || "", scope: "col" }));
  }
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

function tell(id, columns, rows, nothing) {
  if (rows.length) table(id, columns, rows);
  else element(id).replaceChildren(Object.assign(document.createElement("p"), { textContent: nothing }));
}

const cellName = (row) => `${words(row.skill)} / ${row.domain}`;

function tellForgotten() {
  const { model, step } = selected();
  const rows = data.forgotten.filter((row) => row.model === model && row.step === step);
  element("forgotten-count").textContent = !rows.length ? "none."
    : rows.length < rows[0].total ? `${rows[0].total}, the ${rows.length} easiest shown.` : `${rows.length}.`;
  tell("forgotten", [
    ["cell", cellName, "name"], ["kind", (row) => `${words(row.kind)}, level ${row.level}`],
    ["prompt", (row) => row.prompt, "text"], ["answer", (row) => row.answer, "text short"],
    ["base said", (row) => row.base_said, "text"], ["now says", (row) => row.now_says, "text"],
    ["verdict", (row) => row.verdict],
  ], rows, "");
}

function tellStudy() {
  tell("onsets", [
    ["model", (row) => row.model, "name"], ["cell", cellName, "name"],
    ["change", (row) => signed(row.shift), "number"], ["from step", (row) => row.onset_step, "number"],
    ["95 % interval", (row) => `${row.onset_low} to ${row.onset_high}`, "number"],
    ["claim", (row) => (row.in_the_skill ? "in the skill" : "in these kinds")],
    ["adjusted p, these kinds", (row) => number(row.p), "number"],
    ["adjusted p, kinds as clusters", (row) => number(row.kind_p), "number"],
  ], picked(data.onsets), "No significant lasting change in any cell or skill.");
  const last = {};
  for (const row of picked(data.transfer)) last[row.model] = Math.max(last[row.model] || 0, row.step);
  tell("transfer", [
    ["model", (row) => row.model, "name"], ["step", (row) => row.step, "number"],
    ["from", (row) => row.target], ["gain there", (row) => signed(row.target_change), "number"],
    ["to", (row) => row.domain], ["gain", (row) => signed(row.change), "number"],
    ["95 % interval", (row) => `${signed(row.change_low)} to ${signed(row.change_high)}`, "number"],
    ["transfer index", (row) => (has(row, "index")
      ? `${number(row.index)} [${number(row.index_low)}, ${number(row.index_high)}]` : row.reason), "remark"],
  ], picked(data.transfer).filter((row) => row.step === last[row.model]), "No domain is set as a target.");
  tell("matched", [
    ["model", (row) => `${row.model} at ${row.step}`, "name"], ["gain", (row) => signed(row.gain), "number"],
    ["compared with", (row) => `${row.other_model} at ${row.other_step}`, "name"], ["gain", (row) => signed(row.other_gain), "number"],
    ["correction for the gap", (row) => (has(row, "correction") ? signed(row.correction) : "–"), "number"],
    ["difference elsewhere", (row) => (has(row, "difference")
      ? `${signed(row.difference)} [${signed(row.difference_low)}, ${signed(row.difference_high)}]` : "–"), "number"],
    ["adjusted p", (row) => number(row.p_adjusted), "number"], ["remark", (row) => row.reason || "", "remark"],
  ], picked(data.matched).filter((row) => chosen.has(row.other_model)), "There are no two models of the same base to compare.");
  tell("law-table", [
    ["rank", (row) => row.rank, "number"], ["measure", (row) => MEASURES[row.measure] || words(row.measure), "name"],
    ["checkpoints", (row) => row.points, "number"], ["R²", (row) => number(row.r2), "number"],
    ["95 % interval", (row) => (has(row, "r2_low") ? `${number(row.r2_low)} to ${number(row.r2_high)}` : "–"), "number"],
    ["R² on left-out models", (row) => number(row.r2_new_model), "number"],
    ["the same for the step", (row) => number(row.r2_new_model_step), "number"], ["remark", (row) => row.reason || "", "remark"],
  ], data.laws, "No divergence or weight change has been measured yet.");
}

const ranged = (row, name, low, high) => (has(row, name)
  ? `${signed(row[name])} [${signed(row[low])}, ${signed(row[high])}]` : "–");

function tellFormats() {
  tell("formats", [
    ["model", (row) => row.model, "name"], ["step", (row) => row.step, "number"], ["reading", (row) => row.reading],
    ["skill", (row) => words(row.skill)], ["domain", (row) => words(row.domain)], ["items", (row) => row.items, "number"],
    ["fall", (row) => ranged(row, "fall", "fall_low", "fall_high"), "number"],
    ["of it format", (row) => ranged(row, "format_fall", "format_low", "format_high"), "number"],
    ["share", (row) => ranged(row, "format_share", "share_low", "share_high"), "number"],
  ], picked(data.formats), "No other reading was made. Run: skillprobe probe FOLDER --base BASE --readings forced");
}

function tellCalibration() {
  const rows = picked(data.calibration);
  const change = [
    ["change from the base", (row) => ranged(row, "change", "change_low", "change_high"), "number"],
    ["adjusted p", (row) => (has(row, "p_adjusted") ? number(row.p_adjusted) : "–"), "number"],
  ];
  const checkpoint = [
    ["model", (row) => row.model, "name"], ["step", (row) => row.step, "number"], ["skill", (row) => words(row.skill)],
  ];
  tell("confidence", [
    ...checkpoint, ["confidence from", (row) => row.source], ["items", (row) => row.items, "number"],
    ["accuracy", (row) => number(row.accuracy), "number"], ["mean confidence", (row) => number(row.confidence), "number"],
    ["overconfidence", (row) => ranged(row, "overconfidence", "overconfidence_low", "overconfidence_high"), "number"],
    ["Brier score", (row) => number(row.brier_score), "number"], ["reliability", (row) => number(row.reliability), "number"],
    ["resolution", (row) => number(row.resolution), "number"], ...change,
  ], rows.filter((row) => row.source !== "twins"),
  "No confidence was measured. Set samples above 1 under [sampling], or likelihood = true under [calibration].");
  tell("twins", [
    ...checkpoint, ["twins", (row) => row.twins, "number"],
    ["recognised", (row) => `${number(row.recognised_rate)} [${number(row.recognised_low)}, ${number(row.recognised_high)}]`, "number"],
    ["answered", (row) => number(row.answered_rate), "number"],
    ["abstained on answerable items", (row) => number(row.abstained_rate), "number"], ...change,
  ], rows.filter((row) => row.source === "twins"), "No unanswerable twins were evaluated. Set twins under [calibration].");
}

function tellTraining() {
  tell("training", [
    ["model", (row) => row.model, "name"], ["figure", (row) => row.metric], ["step", (row) => row.step, "number"],
    ["value", (row) => number(row.value), "number"], ["logged at step", (row) => row.logged_step, "number"],
    ["accuracy over all skills", (row) => `${number(row.accuracy)} [${number(row.accuracy_low)}, ${number(row.accuracy_high)}]`, "number"],
  ], picked(data.training), "The trainer's loss and reward are not known: trainer_state.json or a mark of the training loop gives them.");
}

function tellNoise() {
  tell("noise", [
    ["model", (row) => row.model, "name"], ["step", (row) => row.step, "number"], ["varied", (row) => row.variation],
    ["skill", (row) => words(row.skill)], ["answers", (row) => row.n, "number"],
    ["verdicts flipped", (row) => number(row.flip_rate), "number"],
    ["at most", (row) => number(row.flip_rate_high), "number"],
    ["accuracy floor", (row) => number(1.96 * Math.sqrt(row.flip_rate_high / row.n)), "number"],
    ["same answers", (row) => number(row.same_share), "number"], ["forward KL", (row) => number(row.forward_kl), "number"],
  ], data.noise.filter((row) => row.skill === "all" || row.flip_rate > 0 || row.forward_kl > 1e-9), `Not measured yet. Run: skillprobe noise ${data.models[0]}@0`);
}

/** Sampling settings as text, without empty values. */
function sampled(row) {
  if (!row.sampling) return "–";
  return Object.entries(JSON.parse(row.sampling))
    .filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length))
    .map(([name, value]) => (name === "temperature" && !value ? "greedy" : `${words(name)} ${[].concat(value).join(" ")}`))
    .join(", ");
}

/** The number type that the model was run in, and why. */
function typed(row) {
  if (!row.run_in) return "–";
  return row.run_in_because ? `${row.run_in} (${row.run_in_because})` : row.run_in;
}

function tellCheckpoints() {
  table("checkpoints", [
    ["model", (row) => row.model, "name"], ["step", (row) => row.step, "number"], ["method", (row) => row.method],
    ["digest", (row) => row.digest.slice(0, 16)], ["base", (row) => row.base.slice(0, 16)], ["type", (row) => row.dtype],
    ["parameters", (row) => row.parameter_count.toLocaleString("en"), "number"], ["written (UTC)", (row) => row.written_at.slice(0, 19), "name"],
    ["backend", (row) => row.backend || "–"], ["number type", (row) => typed(row), "text"], ["sampling", sampled, "text"], ["folder", (row) => row.path],
  ], picked(data.checkpoints));
}
