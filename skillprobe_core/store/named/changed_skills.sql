-- Which skills changed from the base by more than chance, at which step, and by how much?
-- model = all: one model
SELECT model, step, skill, base_accuracy, accuracy, change, change_low, change_high, p_adjusted
FROM profile_tests
WHERE scope = 'skill' AND p_adjusted <= 0.05 AND ($model = 'all' OR model = $model)
ORDER BY model, skill, step
