-- Second part: everything that was said counts.
    facts AS
    (
        SELECT *
        FROM archived
    ),
