"""A notebook on the store: `marimo edit examples/explore.py`, with SKILLPROBE_HOME where the results are."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    import skillprobe

    return mo, px, skillprobe


@app.cell
def _(mo, skillprobe):
    # `skillprobe.open(protocol="NAME")` reads another protocol of those that `results.protocols()` lists.
    results = skillprobe.open()
    items = results.table("items")
    mo.md(
        f"**{items.height} items** (protocol `{results.protocol}`) in `{results.home}`. `results.sql` has every table "
        "as a view of this protocol, and of all protocols in the schema `all_protocols`."
    )
    return items, results


@app.cell
def _(mo, results):
    models = results.models()
    model = mo.ui.dropdown(models, value=models[-1], label="model")
    model
    return (model,)


@app.cell
def _(px, results):
    skills = results.sql(
        "SELECT model, step, skill, accuracy, accuracy_high - accuracy AS above, accuracy - accuracy_low AS below "
        "FROM skill_scores WHERE domain = 'all' AND level = 0 AND skill <> 'all' ORDER BY model, skill, step"
    )
    trajectories = px.line(
        skills, x="step", y="accuracy", error_y="above", error_y_minus="below", color="model", facet_col="skill",
        markers=True, range_y=[0, 1],
    )  # fmt: skip
    trajectories
    return skills, trajectories


@app.cell
def _(model, results):
    forgotten = results.sql("forgotten_items", model=model.value)
    forgotten
    return (forgotten,)


@app.cell
def _(results):
    # Any part of the study as a table: here, what a gain in the trained domain cost elsewhere.
    points = results.study(targets=["math"])["study_points"]
    points.select("model", "step", "gain", "drop", "forgetting", "on_front")
    return (points,)


@app.cell
def _(points, px):
    price = px.scatter(points, x="gain", y="drop", color="model", text="step")
    price
    return (price,)


if __name__ == "__main__":
    app.run()
