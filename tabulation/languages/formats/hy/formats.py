"""Armenian: 19 հուլիսի 2012 թ.; 72 833 with a space that does not break; 66,65%."""

DATE_FORMAT = "j E Y թ."
DATETIME_FORMAT = "j E Y թ., H:i"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "\u00a0"
NUMBER_GROUPING = 3
