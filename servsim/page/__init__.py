"""The class-room page: two shops side by side, served to a browser on this machine, or written as one file."""
