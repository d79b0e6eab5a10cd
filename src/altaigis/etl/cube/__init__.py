"""The indicator cube: values of indicators by territory and period, made of published ones, formulas and maps."""
