"""The twin: recorded or generated days against the real desk, under a clock of its own.

It knows no capability: the room it drives is a Protocol (`rooms.Room`), which the
composition root binds to the control room.
"""
