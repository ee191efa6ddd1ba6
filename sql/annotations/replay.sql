-- When the boards were switched to the numbers of a replay, and back.
SELECT run AS subject, at AS begins, at AS ends, toString(action) AS why
FROM replay_actions
WHERE at BETWEEN $__fromTime AND $__toTime AND action IN ('promote', 'undo')
ORDER BY begins, subject
