-- How much did each checkpoint gain in the target cells, and what did that cost elsewhere? (needs `skillprobe study`)
-- model = all: the model, or all of them
SELECT model, step, targets, gain, "drop", worst_change, on_front, drift, drift_noise, collapsed
FROM study_points
WHERE $model = 'all' OR model = $model
ORDER BY model, step
