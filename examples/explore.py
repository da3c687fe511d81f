"""A notebook on the store: `marimo edit examples/explore.py`, with SKILLPROBE_HOME where the results are."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    from skillprobe_core.engine.catalog import connect
    from skillprobe_core.measurements.protocols.judged_items import judged_items
    from skillprobe_core.measurements.study.study_subject import find_study
    from skillprobe_core.measurements.table_registry import all_tables
    from skillprobe_core.project.project import Project
    from skillprobe_core.show.named_queries import named_query

    return Project, all_tables, connect, find_study, judged_items, mo, named_query, px


@app.cell
def _(Project, all_tables, connect, judged_items, mo):
    project = Project.open()
    # The current protocol; `project.protocol("NAME")` is another one of those that `skillprobe protocols` lists.
    store, protocol = project.store, project.protocol()
    items = judged_items(store, protocol.protocol)
    duck = connect(store, all_tables(), protocol.protocol)
    mo.md(
        f"**{items.height} items** (protocol `{protocol.name}`) in `{store.root}`. `duck` has every table as a view of "
        "this protocol, and of all protocols in the schema `all_protocols`."
    )
    return duck, items, protocol, store


@app.cell
def _(duck, mo):
    models = [row[0] for row in duck.sql("SELECT DISTINCT model FROM verdicts ORDER BY model").fetchall()]
    model = mo.ui.dropdown(models, value=models[-1], label="model")
    model
    return (model,)


@app.cell
def _(duck, px):
    skills = duck.sql(
        "SELECT model, step, skill, accuracy, accuracy_high - accuracy AS above, accuracy - accuracy_low AS below "
        "FROM skill_scores WHERE domain = 'all' AND level = 0 AND skill <> 'all' ORDER BY model, skill, step"
    ).pl()
    trajectories = px.line(
        skills, x="step", y="accuracy", error_y="above", error_y_minus="below", color="model", facet_col="skill",
        markers=True, range_y=[0, 1],
    )  # fmt: skip
    trajectories
    return skills, trajectories


@app.cell
def _(duck, model, named_query):
    question = named_query("forgotten_items")
    forgotten = duck.sql(question.sql, params=question.bind([model.value])).pl()
    forgotten
    return (forgotten,)


@app.cell
def _(find_study, items, protocol, store):
    # Any part of the study as a table: here, what a gain in the trained domain cost elsewhere.
    points = find_study(store, protocol.protocol, [], items, ["math"]).frames["study_points"]
    points.select("model", "step", "gain", "drop", "forgetting", "on_front")
    return (points,)


@app.cell
def _(points, px):
    price = px.scatter(points, x="gain", y="drop", color="model", text="step")
    price
    return (price,)


if __name__ == "__main__":
    app.run()
