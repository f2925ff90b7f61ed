"""What all plots are made of: base, header, legend, tooltip, menu."""
