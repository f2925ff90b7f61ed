"""Live tables: models that only hold rows, and the views that keep their place while rows come in."""
