-- An alert that opens while people asked for silence is told once that is over (`hushed` until then); a change that was told
-- may be corrected, and what comes true again after so many `corrections` has another name.
ALTER TABLE {public:Identifier}.alert_states ADD COLUMN IF NOT EXISTS hushed Bool AFTER silent;
ALTER TABLE {public:Identifier}.alert_states ADD COLUMN IF NOT EXISTS corrections UInt32 AFTER window;
