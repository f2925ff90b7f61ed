"""The main window: its dashboard, menus, actions and ranges."""
