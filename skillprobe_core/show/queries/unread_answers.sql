-- Does a drop come from the skill, or from answers that cannot be read, were cut off or repeat themselves?
-- model = all: the model, or all of them
SELECT model, step, skill, accuracy, well_formed_accuracy, well_formed, malformed_rate, unparsed_rate,
  truncated_rate, looped_rate, too_long_rate, timeout_rate, completion_tokens
FROM skill_scores
WHERE domain = 'all' AND level = 0 AND ($model = 'all' OR model = $model)
ORDER BY malformed_rate + unparsed_rate + truncated_rate + too_long_rate DESC, model, step, skill
