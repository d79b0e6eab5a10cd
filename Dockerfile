# Three stages: the front end, the Python packages with it, and a small image that runs them.
# The database is another container: see compose.yaml.

FROM node:22-trixie-slim AS web
WORKDIR /web
COPY src/altaigis/web/package.json src/altaigis/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY src/altaigis/web ./
RUN npm run build

FROM python:3.11-slim-trixie AS package
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY --from=web /web/dist src/altaigis/web/dist
# the variables, and not only -c: they also pin what builds our own package
RUN python -m venv /opt/altaigis && \
    PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
    /opt/altaigis/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim-trixie AS server
# rasterio's wheel expects the system's libexpat; backup and restore call the clients of the database's version
RUN apt-get update && \
    apt-get install -y --no-install-recommends libexpat1 postgresql-client-17 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --create-home --uid 10001 altaigis
COPY --from=package /opt/altaigis /opt/altaigis
WORKDIR /srv/altaigis
COPY layers layers
COPY data/raw data/raw
RUN install -d -o altaigis data/processed data/raw/remote
USER altaigis
ENV PATH=/opt/altaigis/bin:$PATH \
    ALTAIGIS_PROJECT=/srv/altaigis \
    ALTAIGIS_HOST=0.0.0.0 \
    ALTAIGIS_PORT=8000
EXPOSE 8000
# the first start loads the layers before it answers
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["altaigis", "up"]
