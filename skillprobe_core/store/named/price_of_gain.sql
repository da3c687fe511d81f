-- What did each checkpoint gain in what it was trained on, and what did that cost elsewhere? (needs `skillprobe study`)
-- model = all: one model
SELECT model, step, targets, gain, "drop", worst_change, on_front, drift, drift_noise, collapsed
FROM study_points
WHERE $model = 'all' OR model = $model
ORDER BY model, step
