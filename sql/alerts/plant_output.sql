-- What each plant that reports has made in the last six whole hours, in percent of six of its median hours of 28 days.
SELECT toString(plant_id) AS scope, if(status IN ('silent', 'never_reported'), NULL, typical_percent) AS value, lines AS sample,
    toString(stop_reason) AS word
FROM plants_now
