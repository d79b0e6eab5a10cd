"""Features in GML 3.2, 3.1 and 2: the elements of features, the documents around them, and the schema of both.

PostgreSQL writes the members; here they are only placed.
"""
