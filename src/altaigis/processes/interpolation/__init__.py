"""The field between stations as a process: ``inputs`` are what may be asked, ``method`` is how stations become a field,
``field`` is what is drawn and how sure it is, ``words`` say what it means, ``process`` puts them together."""
