FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY branch_mock branch_mock
COPY schemas schemas
COPY fixtures fixtures
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist . \
    && for wheel in dist/*.whl; do echo "./${wheel}[tls]" > dist/requirements.txt; done

FROM python:3.11-slim
WORKDIR /opt/branch-mock
COPY --from=build /src/dist dist
RUN pip install --no-cache-dir --root-user-action=ignore -r dist/requirements.txt && rm -r dist

# The authority for HTTPS is made when a container starts; the volume can be written to whoever the
# user is, and where the root file system is read-only.
WORKDIR /var/lib/branch-mock
RUN chmod 1777 .
VOLUME /var/lib/branch-mock

# Seeds that are mounted here are loaded at the start.
WORKDIR /docker-entrypoint-init.d
WORKDIR /opt/branch-mock

# Every setting is a BRANCH_MOCK_ variable; in a container loopback would be out of reach.
ENV BRANCH_MOCK_HOST=0.0.0.0 \
    BRANCH_MOCK_TLS_PORT=8443 \
    BRANCH_MOCK_CA_DIR=/var/lib/branch-mock/ca \
    BRANCH_MOCK_INIT_DIR=/docker-entrypoint-init.d
EXPOSE 8080 8443

# "nobody", by number, so that an orchestrator can tell that it is not root. Only the volume is
# written to.
USER 65534:65534
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 \
    CMD ["branch-mock", "health"]
CMD ["branch-mock", "serve"]
