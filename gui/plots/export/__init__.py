"""A plot as a picture: PNG, SVG, PDF."""
