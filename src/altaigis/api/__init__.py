"""HTTP: FastAPI lives here and in ``app.py``, nowhere else."""
