-- Which items does a checkpoint solve that its base could not, and what did it learn to say?
-- model: the model
-- step = last: the step, or the last one
WITH asked AS (
  SELECT * FROM verdicts
  WHERE reading = 'fair' AND model = $model AND step = CASE WHEN $step = 'last'
    THEN (SELECT max(step) FROM verdicts WHERE model = $model) ELSE TRY_CAST($step AS BIGINT) END
)
SELECT i.skill, i.domain, i.kind, i.level, i.prompt, i.answer, said.completion AS base_said, says.completion AS now_says
FROM asked
JOIN verdicts AS base ON base.model = asked.model AND base.step = 0 AND base.item_set = asked.item_set
  AND base.item_id = asked.item_id AND base.sample = asked.sample AND base.reading = asked.reading
JOIN items AS i ON i.item_set = asked.item_set AND i.item_id = asked.item_id
JOIN generations AS says ON says.model = asked.model AND says.step = asked.step
  AND says.item_set = asked.item_set AND says.item_id = asked.item_id AND says.sample = asked.sample
  AND says.reading = asked.reading
JOIN generations AS said ON said.model = base.model AND said.step = 0
  AND said.item_set = base.item_set AND said.item_id = base.item_id AND said.sample = base.sample
  AND said.reading = base.reading
WHERE base.verdict <> 'correct' AND asked.verdict = 'correct'
ORDER BY i.skill, i.domain, i.level, i.item_id
