"""The field between stations: what is measured at some places, estimated at all others, and how sure that is.

``stations`` are what is known, ``variogram`` is how the likeness of values fades with distance, ``kriging``,
``distance`` and ``spline`` are the methods, ``validation`` hides stations and looks how well they are guessed,
``surface`` draws a method on a grid, ``contours`` lines of equal value. Places are in metres of one plane, in which the
distance of two stations is that on the ground: :func:`~altaigis.analytics.interpolation.surface.plane_of` makes one.
"""
