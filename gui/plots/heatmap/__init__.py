"""The chart of hours by weekdays, and of days by weeks."""
