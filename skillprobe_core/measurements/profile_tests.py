"""The `profile_tests` table: tests of each skill's change from the base."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

PROFILE_TESTS = Table(
    name="profile_tests",
    version=1,
    about="One row per cell (skill and domain) and subtotal: paired test of the change from the base",
    key=("model", "step", "item_set", "skill", "domain"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("base_model", pl.String, "Model that it is compared with"),
        Column("base_step", pl.Int64, "Its step; 0 is the base", "steps"),
        Column("scope", pl.String, "cell, skill, domain or overall: the family that p-values are adjusted over"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column("items", pl.Int32, "Number of items that both answered", "items"),
        Column("units", pl.Int32, "Independent units whose signs are flipped: items, or sampled templates"),
        Column("templates", pl.Int32, "Number of wordings among the items"),
        Column("base_accuracy", pl.Float64, "Accuracy of the base: mean over items of the share of correct samples"),
        Column("accuracy", pl.Float64, "Accuracy of the checkpoint"),
        Column("change", pl.Float64, "accuracy - base_accuracy"),
        Column("change_low", pl.Float64, "Lower end of the 95 % interval of the change (Tango's score interval)"),
        Column("change_high", pl.Float64, "Upper end of the 95 % interval of the change"),
        Column("bootstrap_low", pl.Float64, "Lower 95 % end of the change by the bootstrap over units"),
        Column("bootstrap_high", pl.Float64, "Upper 95 % end of the change by the bootstrap over units"),
        Column("p", pl.Float64, "Two-sided sign-flip p-value for the null of no change"),
        Column("p_lower", pl.Float64, "One-sided sign-flip p-value: small for a drop"),
        Column("p_adjusted", pl.Float64, "p adjusted over the rows of the scope (Westfall-Young step-down max-T)"),
        Column("p_lower_adjusted", pl.Float64, "p_lower adjusted likewise"),
        Column("q", pl.Float64, "Benjamini-Hochberg adjustment of p over the scope, for exploration"),
        Column("mcnemar_p", pl.Float64, "Exact two-sided McNemar p-value over gained and forgotten items"),
        Column("gained", pl.Int32, "Items that the base did not solve and the checkpoint does", "items"),
        Column("forgotten", pl.Int32, "Items that the base solved and the checkpoint does not", "items"),
        Column("wording_p", pl.Float64, "p-value for the null of equal change in all wordings of a kind and level"),
        Column("template_low", pl.Float64, "Lower 95 % end of the change if wordings count as a random sample"),
        Column("template_high", pl.Float64, "Upper 95 % end of the change if wordings count as a random sample"),
        Column("margin", pl.Float64, "Drop that a collapse must exceed"),
        Column("upper_limit", pl.Float64, "Upper 95 % confidence limit of the change, simultaneous over the scope"),
        Column(
            "collapse", pl.Boolean, "True if upper_limit is below -margin: a significant drop of more than the margin"
        ),
        Column("detectable_change", pl.Float64, "Smallest drop with 80 % power to reach p_adjusted <= 0.05"),
        Column("detectable_collapse", pl.Float64, "Smallest drop with 80 % power to be flagged as a collapse"),
    ),
)
