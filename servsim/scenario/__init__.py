"""What the planner writes: the language of scenario files, its reader and its checks."""
