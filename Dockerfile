# OpInt's image: one static binary on any base, for any user of group 0. docs/containers.md says how to use it.
#
#   make image                                 with version, commit and build number
#   podman build --format docker -t opint .    without (--format docker keeps the health check)
ARG BUILD_IMAGE=docker.io/library/rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/static-debian12
ARG PROFILE=release

# The dependencies alone, with empty sources: made again only when a manifest changes. What was made of the empty sources
# is removed: the real ones may be older than it and would pass for built.
FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /src
ARG PROFILE
# Static: nothing of this stage is needed at run time. The target must be named, or build scripts and macros would be
# linked like that, too, which does not work.
ENV RUSTFLAGS="-C target-feature=+crt-static"
COPY Cargo.toml Cargo.lock ./
COPY entity/Cargo.toml entity/
COPY migration/Cargo.toml migration/
RUN mkdir src entity/src migration/src \
    && touch src/lib.rs entity/src/lib.rs migration/src/lib.rs \
    && echo 'fn main() {}' >src/main.rs \
    && cp src/main.rs src/build.rs \
    && target=$(rustc --print host-tuple) \
    && cargo build --locked --profile "$PROFILE" --target "$target" \
    && cargo clean --locked --workspace --profile "$PROFILE" --target "$target"

FROM dependencies AS build
ARG PROFILE
COPY . .
ARG OPINT_BUILD_COMMIT=unknown
ARG OPINT_BUILD_NUMBER=
RUN cargo build --locked --profile "$PROFILE" --target "$(rustc --print host-tuple)" \
    && install -D target/*/*/opint /opt/app-root/bin/opint

# For the SQLite file, if that is the database. OpenShift gives containers arbitrary users, all of group 0.
RUN mkdir -p /image/data && chmod 0775 /image/data

FROM ${RUNTIME_IMAGE}
COPY --from=build --chown=1001:0 /image/ /
COPY --from=build /opt/app-root/bin/opint /opt/app-root/bin/opint
WORKDIR /data
USER 1001:0
ENV OPINT_LISTEN=0.0.0.0:8080 \
    OPINT_METRICS_LISTEN=0.0.0.0:9090 \
    OPINT_LOG=json
EXPOSE 8080 9090
ENTRYPOINT ["/opt/app-root/bin/opint"]
CMD ["serve"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/opt/app-root/bin/opint", "healthcheck"]

ARG VERSION=unknown
ARG OPINT_BUILD_COMMIT=unknown
ARG OPINT_BUILD_NUMBER=
ARG SOURCE=
LABEL org.opencontainers.image.title="OpInt" \
    org.opencontainers.image.description="Operational-intelligence console for distributed data management" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${OPINT_BUILD_COMMIT}" \
    build.number="${OPINT_BUILD_NUMBER}" \
    io.k8s.display-name="OpInt" \
    io.openshift.expose-services="8080:http"
