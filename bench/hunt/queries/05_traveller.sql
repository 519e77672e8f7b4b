SELECT UserPrincipalName AS r0, count(*) AS r1
FROM (
  SELECT UserPrincipalName, Location, TimeGenerated,
         lag(UserPrincipalName) OVER w AS lastUser, lag(Location) OVER w AS lastPlace, lag(TimeGenerated) OVER w AS lastTime
  FROM signins
  WHERE TimeGenerated > 639169920000000000 AND ResultType = '0'
  WINDOW w AS (ORDER BY UserPrincipalName, TimeGenerated))
WHERE lastUser = UserPrincipalName AND lastPlace <> Location AND TimeGenerated - lastTime < 36000000000
GROUP BY UserPrincipalName
HAVING count(*) > 3
