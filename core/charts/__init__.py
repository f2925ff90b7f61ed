"""Charts as data: what they show, in which colours, with which axes. Drawn by core.charts.png and by the window."""
