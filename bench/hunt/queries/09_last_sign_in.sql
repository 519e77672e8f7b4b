SELECT UserPrincipalName AS r0, t AS r1, ip AS r2, place AS r3
FROM (
  SELECT UserPrincipalName, max(TimeGenerated) AS t, arg_max(IPAddress, TimeGenerated) AS ip, arg_max(Location, TimeGenerated) AS place
  FROM signins
  WHERE TimeGenerated > 639164736000000000 AND ResultType = '0'
  GROUP BY UserPrincipalName)
WHERE place = 'PL'
