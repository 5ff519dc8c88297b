# opend as an image: built from this folder, installed from its own Debian package.
#
#   docker build -t opend .
#   docker buildx build --platform linux/amd64,linux/arm64 -t opend .
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY dev ./
RUN apt-get update \
    && apt-get install -y --no-install-recommends $(./dev packages) \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release \
    && cmake --build --preset release --target opend man \
    && cd build && cpack -G DEB -D CPACK_COMPONENTS_ALL="opend;opend-system"

FROM debian:bookworm-slim
# A number that every machine gives the user: volumes keep it, and orchestrators check it.
RUN --mount=from=build,source=/src/build/packages,target=/packages \
    groupadd --gid 10001 opend \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/opend --shell /usr/sbin/nologin opend \
    && apt-get update \
    && apt-get install -y --no-install-recommends /packages/opend_*.deb \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o opend -g opend -m 0700 /var/lib/opend
# The container's own network: what is published decides who reaches it (docker-compose.yml: this
# machine). Health is asked for inside of the container only.
ENV OPEND_DATA_DIR=/var/lib/opend \
    OPEND_API_IP=0.0.0.0 \
    OPEND_HTTP_IP=127.0.0.1 \
    OPEND_HTTP_PORT=8081
USER 10001:10001
WORKDIR /var/lib/opend
VOLUME /var/lib/opend
EXPOSE 11111
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["opend", "-healthcheck"]
ENTRYPOINT ["opend"]
