-- Does a drop come from the skill, or from answers that cannot be read or were cut off?
-- model = all: the model, or all of them
SELECT model, step, skill, accuracy, strict_accuracy, unparsed_rate, truncated_rate, timeout_rate, completion_tokens
FROM skill_scores
WHERE domain = 'all' AND level = 0 AND ($model = 'all' OR model = $model)
ORDER BY unparsed_rate + truncated_rate DESC, model, step, skill
