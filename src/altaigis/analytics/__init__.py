"""Statistics of places and of time as pure functions on frames and arrays: no layers, files or databases.

Each module is one noun. Of places: ``classes``, ``zonal``, ``weights``, ``autocorrelation``, ``rates``, ``composite``,
``typology`` and ``interpolation``; of time: ``steps``, ``trends``, ``slopes``, ``change_points``, ``seasonality``,
``outliers`` and ``completeness``. Results are frozen, with one entry a unit, or a value of a series, in the order of
the input. What cannot give a sound result is refused with :class:`~altaigis.errors.AnalysisError`; units that a result
leaves out are told in it. Chance comes in as ``rng``: the same seed gives the same result.

The science libraries take seconds to import, so they are imported by the functions that use them.
"""
