"""Raw files of every form as frames: what a stranger's file says, and what had to be decided to read it."""
