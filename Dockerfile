FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY branch_mock branch_mock
COPY schemas schemas
COPY fixtures fixtures
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist .

FROM python:3.11-slim
WORKDIR /docker-entrypoint-init.d
WORKDIR /opt/branch-mock
COPY --from=build /src/dist dist
RUN pip install --no-cache-dir --root-user-action=ignore dist/*.whl && rm -r dist

# Every setting is a BRANCH_MOCK_ variable; in a container loopback would be out of reach.
# What is mounted at the init directory is loaded at the start.
ENV BRANCH_MOCK_HOST=0.0.0.0 \
    BRANCH_MOCK_INIT_DIR=/docker-entrypoint-init.d
EXPOSE 8080

# "nobody", by number, so that an orchestrator can tell that it is not root. Nothing is written.
USER 65534:65534
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 \
    CMD ["branch-mock", "health"]
CMD ["branch-mock", "serve"]
