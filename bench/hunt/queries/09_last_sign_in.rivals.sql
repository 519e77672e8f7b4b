SELECT UserPrincipalName, t, ip, place FROM (
  SELECT UserPrincipalName, max(TimeGenerated) AS t, {latest_address} AS ip, {latest_place} AS place FROM signins
  WHERE TimeGenerated > 639164736000000000 AND ResultType = '0' GROUP BY UserPrincipalName) l
WHERE place = 'PL'
