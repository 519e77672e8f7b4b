SELECT json_extract_string(DeviceDetail, '$.operatingSystem') AS r0, TimeGenerated - TimeGenerated % 864000000000 AS r1, count(*) AS r2
FROM signins
WHERE TimeGenerated > 639168192000000000
GROUP BY 1, 2
