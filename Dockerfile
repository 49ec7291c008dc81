# The base must have Python 3.11 or newer as `python3`; both stages use the same.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python3 -m venv /tools && python3 -m venv --without-pip /venv
COPY requirements.lock requirements-dev.lock ./
RUN /tools/bin/pip --python /venv/bin/python3 install --require-hashes --requirement requirements.lock
# What builds the wheel comes by its hashes from the lock of the tools, and stays in this stage.
RUN awk '/^[a-z]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } wanted' \
        requirements-dev.lock > build.lock \
    && /tools/bin/pip install --require-hashes --requirement build.lock
COPY pyproject.toml README.md LICENSE ./
COPY content content
COPY bot bot
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /tools/bin/pip --python /venv/bin/python3 install --no-index --no-deps dist/*.whl

FROM ${BASE}
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin gazette \
    && install --directory --owner gazette --group gazette --mode 0700 /data
COPY --from=build /venv /venv
WORKDIR /app
COPY config.example.toml ./
# All that is written goes to /data, so the root file system may be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GAZETTE_STATE__DIR=/data
VOLUME /data
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=15s --start-period=120s --retries=3 CMD ["gazette", "doctor", "--live"]
ENTRYPOINT ["gazette"]
CMD ["run"]
