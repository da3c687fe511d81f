-- Which skills changed significantly from the base, at which step, and by how much? In these kinds; in the skill if kind_p_adjusted <= 0.05
-- model = all: the model, or all of them
SELECT model, step, skill, base_accuracy, accuracy, change, change_low, change_high, p_gated, kind_low, kind_high, kind_p_adjusted, kinds, kinds_risen, kinds_fallen
FROM profile_tests
WHERE scope = 'skill' AND coalesce(p_gated, p_adjusted) <= 0.05 AND ($model = 'all' OR model = $model)
ORDER BY model, skill, step
