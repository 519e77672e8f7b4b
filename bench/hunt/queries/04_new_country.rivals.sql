WITH late AS (
  SELECT UserPrincipalName, Location, min(TimeGenerated) AS first_seen, count(*) AS n FROM signins
  WHERE TimeGenerated > 639169920000000000 AND ResultType = '0' GROUP BY UserPrincipalName, Location),
known AS (
  SELECT DISTINCT UserPrincipalName, Location FROM signins
  WHERE TimeGenerated BETWEEN 639162144000000000 AND 639169920000000000 AND ResultType = '0')
SELECT late.UserPrincipalName, late.Location, first_seen, n FROM late
LEFT JOIN known ON late.UserPrincipalName = known.UserPrincipalName AND late.Location = known.Location
WHERE {missing}
