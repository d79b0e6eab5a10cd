"""The nouns of the project: plain values that know nobody."""
