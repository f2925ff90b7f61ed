"""How the analytics commands answer: permissions, responses, views."""
