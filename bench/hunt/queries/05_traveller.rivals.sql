SELECT UserPrincipalName, count(*) AS jumps FROM (
  SELECT UserPrincipalName, Location, TimeGenerated,
    lag(UserPrincipalName) OVER w AS lastUser, lag(Location) OVER w AS lastPlace, lag(TimeGenerated) OVER w AS lastTime
  FROM signins WHERE TimeGenerated > 639169920000000000 AND ResultType = '0'
  WINDOW w AS (ORDER BY UserPrincipalName, TimeGenerated)) j
WHERE lastUser = UserPrincipalName AND lastPlace <> Location AND TimeGenerated - lastTime < 36000000000
GROUP BY UserPrincipalName HAVING count(*) > 3
