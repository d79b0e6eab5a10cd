"""Jobs beside the server: a process of low priority that runs what others have ordered, one job in a child each."""
