"""The standing reports: of a shift, a day, a week, a month; asked of the public views, written four ways."""
