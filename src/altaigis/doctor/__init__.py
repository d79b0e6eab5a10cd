"""What QGIS and GDAL ask of a server, asked as they do, and what each of them will see."""
