-- Both ways.
SELECT arrayJoin(['outbound', 'inbound']) AS value
