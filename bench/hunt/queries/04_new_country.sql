SELECT UserPrincipalName AS r0, Location AS r1, first AS r2, n AS r3
FROM (
  SELECT UserPrincipalName, Location, min(TimeGenerated) AS first, count(*) AS n
  FROM signins
  WHERE TimeGenerated > 639169920000000000 AND ResultType = '0'
  GROUP BY UserPrincipalName, Location) AS late
ANTI JOIN (
  SELECT DISTINCT UserPrincipalName, Location
  FROM signins
  WHERE TimeGenerated BETWEEN 639162144000000000 AND 639169920000000000 AND ResultType = '0') AS known USING (UserPrincipalName, Location)
