"""What the window says about the bot and itself beside its pages: liveness, tray, masking."""
