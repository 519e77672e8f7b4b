SELECT {system} AS os, TimeGenerated - TimeGenerated % 864000000000 AS day, count(*) FROM signins
WHERE TimeGenerated > 639168192000000000 GROUP BY {system}, TimeGenerated - TimeGenerated % 864000000000
