# Vedette as an image (docs/guides/container.md). Both stages are scripts, so that they are also
# tried where no container engine runs: tools/container-root.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN packaging/container/build /stage

FROM debian:bookworm-slim
COPY packaging/container/prepare /usr/local/sbin/prepare
RUN /usr/local/sbin/prepare && rm /usr/local/sbin/prepare
COPY --from=build /stage/ /
ENV VEDETTE_DATA=/var/lib/vedette
USER 10001:10001
VOLUME /var/lib/vedette
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["vedette", "health"]
ENTRYPOINT ["vedette"]
CMD ["serve", "--container"]
