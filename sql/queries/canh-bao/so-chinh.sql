-- Is the data whole: late and bad records of a day, contradictions of a week, and the two declaration systems today.
WITH
    x -> replaceOne(printf('%.1f', x), '.', ',') AS decimal,
    seconds -> multiIf(seconds < 60, concat(toString(seconds), ' giây'), seconds < 3600, concat(toString(intDiv(seconds, 60)), ' phút'),
        seconds < 172800, concat(toString(intDiv(seconds, 3600)), ' giờ'), concat(toString(intDiv(seconds, 86400)), ' ngày')) AS age,
    now64(3, 'UTC') - INTERVAL 1 DAY AS since,
    (SELECT maxOrNull(last_received_at) FROM freshness) AS received_at,
    if(received_at IS NULL, NULL, greatest(0, dateDiff('second', received_at, now64(3, 'UTC')))) AS silent_for,
    (SELECT (count(), countIf(late)) FROM events WHERE time > since) AS taken,
    (SELECT (countIf(failed_at > since), countIf(status IN ('dead', 'parked'))) FROM dead_letters) AS dead,
    (SELECT count() FROM findings WHERE at > now64(3, 'UTC') - INTERVAL 7 DAY) AS contradictions,
    (SELECT (sum(due), sum(due_matched_60)) FROM reconciliation_by_day WHERE day >= toDate(now('Asia/Ho_Chi_Minh')) - 1) AS declared,
    declared.2 / nullIf(declared.1, 0) * 100 AS matched
SELECT
    concat(multiIf(silent_for > 360, '■ ', silent_for > 60, '◆ ', '● '), age(silent_for)) AS "Sự kiện nhận gần nhất, cách đây",
    concat(multiIf(taken.2 > taken.1 / 20, '■ ', taken.2 > taken.1 / 100, '◆ ', '● '), decimal(taken.2 / nullIf(taken.1, 0) * 100), ' %') AS "Đến muộn, 24 giờ",
    concat(multiIf(dead.1 >= 100, '■ ', dead.1 + dead.2 > 0, '◆ ', '● '), toString(dead.1), ' · còn ', toString(dead.2)) AS "Bản ghi bị loại, 24 giờ · chưa xử lý",
    concat(if(contradictions > 0, '◆ ', '● '), toString(contradictions)) AS "Mâu thuẫn, 7 ngày",
    concat(multiIf(declared.1 < 20, '○ ', matched < 90, '■ ', matched < 95, '◆ ', '● '), decimal(matched), ' %') AS "Tờ khai khớp trong 1 giờ (≥ 95 %)"
