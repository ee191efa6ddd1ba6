-- Plants that said nothing for at least three of their intervals within the period. While nobody says anything, that is
-- no plant's silence: such a stretch is told once, and a silence that lies in it by half is not told again.
WITH
    (
        SELECT groupArray((toString(plant_id), status = 'silent', started_at, ended_at, ongoing))
        FROM plant_states
        WHERE started_at < {end:DateTime('UTC')} AND ended_at > {begin:DateTime('UTC')}
    ) AS states,
    arrayFilter(state -> state.2, states) AS silences,
    arraySort(arrayDistinct(arrayConcat(silences.3, silences.4))) AS moments,
    length(arrayDistinct(states.1)) AS plants,
    arrayFilter(part -> plants > 1 AND arrayCount(s -> s.3 <= part.1 AND s.4 >= part.2, silences) = plants,
        arrayZip(arrayPopBack(moments), arrayPopFront(moments))) AS nobody,
    arrayFilter(s -> 2 * arraySum(part -> greatest(0, dateDiff('second', greatest(part.1, s.3), least(part.2, s.4))), nobody)
        < dateDiff('second', s.3, s.4), silences) AS own
SELECT silence.1 AS subject, silence.2 AS started_at, if(silence.4, NULL, silence.3) AS ended_at,
    dateDiff('second', silence.2, silence.3) AS seconds
FROM
(
    SELECT arrayJoin(arrayConcat(
        arrayMap(part -> ('', part.1, part.2, arrayExists(s -> s.5 AND s.4 = part.2, silences)), nobody),
        arrayMap(s -> (s.1, s.3, s.4, s.5), own))) AS silence
)
ORDER BY subject != '', silence.4 DESC, started_at, subject
