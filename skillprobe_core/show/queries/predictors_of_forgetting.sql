-- Which divergence or weight measure predicts forgetting, also in another model? (needs `skillprobe study`)
SELECT "rank", measure, points, models, r2, r2_low, r2_high, r2_new_model, r2_new_model_step, best_share, reason
FROM law_fits
ORDER BY item_set, "rank"
